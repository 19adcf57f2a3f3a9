#include "tests/appup/golden.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

namespace instar::test {
namespace {

namespace json = boost::json;

void write_release(const json::object& from, const char* file,
                   manifests& into) {
  json::array apps;
  for (const auto& one : from.at("apps").as_array()) {
    const auto& app = one.as_object();
    if (app.contains("type")) {
      apps.push_back(app);
    } else {
      apps.push_back(json::object{{string_at(app, "name"), app.at("vsn")}});
    }
  }
  json::object release{{"release", from.at("name")},
                       {"vsn", from.at("vsn")},
                       {"applications", apps}};
  if (from.contains("runtime"))
    release["runtime"] = from.at("runtime");
  into.with(file, json::serialize(release));
}

json::array appup_entries(const json::array& from, const char* vsn) {
  json::array all;
  for (const auto& entry : from) {
    const auto& pair = entry.as_array();
    all.push_back(json::object{{vsn, pair[0]}, {"instructions", pair[1]}});
  }
  return all;
}

void write_app(const json::object& from, manifests& into) {
  const auto folder =
      "lib/" + string_at(from, "name") + "-" + string_at(from, "vsn") + "/";
  json::object app = from;
  app.erase("name");
  app.erase("appup");
  app["application"] = from.at("name");
  into.with(folder + "app.yaml", json::serialize(app));
  if (!from.contains("appup"))
    return;
  const auto& appup = from.at("appup").as_object();
  into.with(folder + "appup.yaml",
            json::serialize(json::object{
                {"vsn", appup.at("vsn")},
                {"up", appup_entries(appup.at("up").as_array(), "from")},
                {"down", appup_entries(appup.at("down").as_array(), "to")}}));
}

bool has_option(const json::object& of, const char* option) {
  if (!of.contains("options"))
    return false;
  for (const auto& one : of.at("options").as_array()) {
    if (one.as_string() == option)
      return true;
  }
  return false;
}

}  // namespace

std::string string_at(const json::object& from, const char* key) {
  return std::string(from.at(key).as_string());
}

json::array golden_cases(const std::string& name) {
  std::ifstream file(std::string(INSTAR_TEST_DATA) + "/golden/" + name);
  REQUIRE(file);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return json::parse(text).as_array();
}

void write_golden(const json::object& one, manifests& into) {
  const auto& releases = one.at("releases").as_object();
  write_release(releases.at("old").as_object(), "releases/old.yaml", into);
  write_release(releases.at("new").as_object(), "releases/new.yaml", into);
  into.with("lib/readme", "");
  for (const auto& app : one.at("apps").as_array()) {
    write_app(app.as_object(), into);
  }
}

appup::make_relup_answer make_golden(const json::object& one, manifests& in) {
  write_golden(one, in);
  appup::make_relup_request request;
  request.files = &in.files();
  request.release = "releases/new.yaml";
  request.up_from = {"releases/old.yaml"};
  request.lib_folders = {"lib"};
  request.restart_emulator = has_option(one, "restart_emulator");
  request.warnings_as_errors = has_option(one, "warnings_as_errors");
  return appup::make_relup(request);
}

}  // namespace instar::test
