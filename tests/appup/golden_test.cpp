// The answers of real OTP (systools:make_relup) to 300 upgrades, each written
// as manifests here: scripts up and down, warnings, error tags.
#include "tests/appup/support.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

namespace json = boost::json;
using namespace instar;
using test::manifests;

json::array read_cases(const std::string& name) {
  std::ifstream file(std::string(INSTAR_TEST_DATA) + "/golden/" + name);
  REQUIRE(file);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return json::parse(text).as_array();
}

std::string string_at(const json::object& from, const char* key) {
  return std::string(from.at(key).as_string());
}

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

appup::make_relup_answer make(const json::object& one, manifests& in) {
  const auto& releases = one.at("releases").as_object();
  write_release(releases.at("old").as_object(), "releases/old.yaml", in);
  write_release(releases.at("new").as_object(), "releases/new.yaml", in);
  in.with("lib/readme", "");
  for (const auto& app : one.at("apps").as_array()) {
    write_app(app.as_object(), in);
  }
  appup::make_relup_request request;
  request.files = &in.files();
  request.release = "releases/new.yaml";
  request.up_from = {"releases/old.yaml"};
  request.lib_folders = {"lib"};
  request.restart_emulator = has_option(one, "restart_emulator");
  request.warnings_as_errors = has_option(one, "warnings_as_errors");
  return appup::make_relup(request);
}

// As `relup make --json` writes it: a mode that OTP leaves out is up.
value written_out(const value& script) {
  auto all = script.as_array();
  for (auto& one : all) {
    auto* const object = one.if_object();
    if (object == nullptr || !object->contains("code_change"))
      continue;
    auto& change = object->at("code_change").as_object();
    if (change.contains("mode"))
      continue;
    change = {{"mode", "up"}, {"modules", change.at("modules")}};
  }
  return all;
}

// Those that OTP has too.
json::array otp_warnings(const appup::make_relup_answer& answer) {
  json::array all;
  for (const auto& one : answer.warnings) {
    if (one.tag == appup::errc::bad_vsn ||
        one.tag == appup::errc::erts_vsn_changed) {
      all.emplace_back(appup::tag_of(one.tag));
    }
  }
  return all;
}

void check_case(const json::object& one) {
  const auto name = string_at(one, "name");
  INFO(name << ": "
            << (one.contains("rule") ? string_at(one, "rule") : std::string()));
  manifests in;
  const auto answer = make(one, in);
  const auto& expected = one.at("expect").as_object();
  if (expected.contains("error")) {
    REQUIRE_FALSE(answer.ok());
    CHECK_MESSAGE(appup::tag_of(answer.errors.front().tag) ==
                      string_at(expected, "error"),
                  test::errors_of(answer));
    return;
  }
  REQUIRE_MESSAGE(answer.ok(), test::errors_of(answer));
  REQUIRE(answer.relup->up.size() == 1);
  REQUIRE(answer.relup->down.size() == 1);
  CHECK(json::serialize(appup::to_json(answer.relup->up[0].script)) ==
        json::serialize(written_out(expected.at("up"))));
  CHECK(json::serialize(appup::to_json(answer.relup->down[0].script)) ==
        json::serialize(written_out(expected.at("down"))));
  CHECK(otp_warnings(answer) == expected.at("warnings").as_array());

  // And the relup survives its own file.
  in.with("relup.yaml", appup::write_relup(*answer.relup));
  const auto again = appup::read_relup(in.files(), "relup.yaml");
  REQUIRE_MESSAGE(again, again.error().context);
  CHECK(*again == *answer.relup);
}

}  // namespace

TEST_SUITE("appup/golden") {
  TEST_CASE("the hundred rules give what OTP gives") {
    const auto cases = read_cases("relup_rules.json");
    CHECK(cases.size() == 100);
    for (const auto& one : cases)
      check_case(one.as_object());
  }

  TEST_CASE("two hundred generated upgrades give what OTP gives") {
    const auto cases = read_cases("relup_random.json");
    CHECK(cases.size() == 200);
    for (const auto& one : cases)
      check_case(one.as_object());
  }
}
