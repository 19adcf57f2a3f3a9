#include "appup/reader.hpp"
#include "tests/appup/support.hpp"

#include <doctest/doctest.h>

namespace {

using namespace instar;

std::string errors(std::string_view text, const char* file = "app.yaml") {
  test::manifests in;
  const auto read = appup::read_app(in.with(file, text).files(), file);
  REQUIRE_FALSE(read);
  return read.error().context;
}

constexpr auto complete = R"(format: 1
application: counter
vsn: "1.1.0"
description: Counts things
modules: [counter_app, counter_sup, counter]
registered: [counter]
applications: [base, extra]
optional_applications: [extra]
included_applications: [inner]
start_phases: [{init: [1]}, {name: go, args: {}}]
shared_libraries: [lib/libz.so.1]
mod: {module: counter_app, args: {x: 1}}
env: {limit: 100, big: 18446744073709551615, hex: 0x1F, pi: 3.5, no: null,
      on: yes, text: "7", flag: true, list: [~, -3, .inf]}
)";

}  // namespace

TEST_SUITE("appup/app_reader") {
  TEST_CASE("an application with everything is read") {
    test::manifests in;
    const auto read =
        appup::read_app(in.with("app.yaml", complete).files(), "app.yaml");
    REQUIRE(read);
    CHECK(read->application == "counter");
    CHECK(read->vsn == "1.1.0");
    CHECK(read->description == "Counts things");
    CHECK(read->modules ==
          std::vector<std::string>{"counter_app", "counter_sup", "counter"});
    CHECK(read->registered == std::vector<std::string>{"counter"});
    CHECK(read->applications == std::vector<std::string>{"base", "extra"});
    CHECK(read->optional_applications == std::vector<std::string>{"extra"});
    CHECK(read->included_applications == std::vector<std::string>{"inner"});
    CHECK(read->shared_libraries == std::vector<std::string>{"lib/libz.so.1"});
    REQUIRE(read->start_phases.size() == 2);
    CHECK(read->start_phases[0].name == "init");
    CHECK(read->start_phases[0].args == value{1});
    CHECK(read->start_phases[1].name == "go");
    REQUIRE(read->mod);
    CHECK(read->mod->module == "counter_app");
    CHECK(read->mod->args == value{{"x", 1}});
    const auto& env = read->env;
    CHECK(env.at("limit") == value(100));
    CHECK(env.at("big") == value(18446744073709551615U));
    CHECK(env.at("hex") == value(31));
    CHECK(env.at("pi") == value(3.5));
    CHECK(env.at("no").is_null());
    CHECK(env.at("on") == value("yes"));
    CHECK(env.at("text") == value("7"));
    CHECK(env.at("flag") == value(true));
    CHECK(env.at("list").as_array()[1] == value(-3));
    CHECK(env.at("list").as_array()[2].as_double() > 1e308);
  }

  TEST_CASE("what is left out or empty has defaults") {
    test::manifests in;
    in.with("app.yaml",
            "application: a\nvsn: \"1\"\nmodules:\nenv:\nmod: start_me\n");
    const auto read = appup::read_app(in.files(), "app.yaml");
    REQUIRE(read);
    CHECK(read->modules.empty());
    CHECK(read->env.empty());
    REQUIRE(read->mod);
    CHECK(read->mod->module == "start_me");
    CHECK(read->mod->args == value(boost::json::object()));
  }

  TEST_CASE("JSON is read in a json file and in a yaml file") {
    constexpr auto text = R"({"application": "a", "vsn": "1",
 "env": {"x": [1, -2, 2.5, "\u00e9\n", null, false, {"y": {}}]}})";
    test::manifests in;
    in.with("app.json", text).with("app.yaml", text);
    const auto json = appup::read_app(in.files(), "app.json");
    const auto yaml = appup::read_app(in.files(), "app.yaml");
    REQUIRE(json);
    REQUIRE(yaml);
    CHECK(*json == *yaml);
    CHECK(json->env.at("x").as_array()[3] == value("\u00e9\n"));
  }

  TEST_CASE("all that is wrong with an application is said at once") {
    CHECK(
        errors("application: counter\n"
               "vsn: 1.10\n"
               "modules: [counter, 7]\n"
               "registred: [counter]\n"
               "env: [1]\n") ==
        R"(app.yaml:4:1: error[unknown_key]: an application has no key "registred" (did you mean "registered"?)
  registred: [counter]
  ^
app.yaml:2:6: error[error_reading]: vsn must be a version, not the number 1.10; a version is a string: write "1.10", in quotes
  vsn: 1.10
       ^
app.yaml:3:20: error[error_reading]: a module must be a name, not the number 7
  modules: [counter, 7]
                     ^
app.yaml:5:6: error[error_reading]: env must be a map, not a list
  env: [1]
       ^)");
  }

  TEST_CASE("libraries stay in the folder and phases have names") {
    CHECK(
        errors("vsn: \"1.0\"\n"
               "start_phases: [{init: []}, go]\n"
               "shared_libraries: [lib/x.so, ../evil.so, /etc/passwd]\n"
               "mod: {module: counter, arg: 1}\n") ==
        R"(app.yaml:1:1: error[error_reading]: the application needs the key "application"
  vsn: "1.0"
  ^
app.yaml:3:30: error[error_reading]: "../evil.so" leaves the application's folder
  shared_libraries: [lib/x.so, ../evil.so, /etc/passwd]
                               ^
app.yaml:3:42: error[error_reading]: "/etc/passwd" leaves the application's folder
  shared_libraries: [lib/x.so, ../evil.so, /etc/passwd]
                                           ^
app.yaml:2:28: error[error_reading]: a start phase is {NAME: ARGS}, not "go"
  start_phases: [{init: []}, go]
                             ^
app.yaml:4:24: error[unknown_key]: mod has no key "arg" (did you mean "args"?)
  mod: {module: counter, arg: 1}
                         ^)");
  }

  TEST_CASE("a misspelt key is not missed as well") {
    CHECK(
        errors("aplication: a\nvsn: \"1\"\nmod: {modul: m}\n") ==
        R"(app.yaml:1:1: error[unknown_key]: an application has no key "aplication" (did you mean "application"?)
  aplication: a
  ^
app.yaml:3:7: error[unknown_key]: mod has no key "modul" (did you mean "module"?)
  mod: {modul: m}
        ^)");
  }

  TEST_CASE("a map is told how a list is written") {
    CHECK(
        errors("application: a\nvsn: \"1\"\nstart_phases:\n  init: []\n") ==
        R"(app.yaml:4:3: error[error_reading]: start_phases must be a list, not a map: each item of a list begins with "- "
    init: []
    ^)");
  }

  TEST_CASE("another format is refused") {
    CHECK(
        errors("application: a\nvsn: \"1\"\nformat: 2\n") ==
        R"(app.yaml:3:9: error[error_reading]: the format must be 1, not the number 2
  format: 2
          ^)");
  }

  TEST_CASE("an error in JSON has its place") {
    CHECK(errors("{\"application\": \"counter\",\n \"vsn\": \"1\",}",
                 "app.json") ==
          R"(app.json:2:13: error[error_reading]: not JSON: syntax error
   "vsn": "1",}
              ^)");
    CHECK(
        errors("{\"application\": \"a\\\"[b\", \"vsn\": 1.5}", "app.json") ==
        R"(app.json:1:17: error[error_reading]: "a"[b" is no name of an application: a small letter, then letters, digits and _
  {"application": "a\"[b", "vsn": 1.5}
                  ^
app.json:1:33: error[error_reading]: vsn must be a version, not the number 1.5; a version is a string: write "1.5", in quotes
  {"application": "a\"[b", "vsn": 1.5}
                                  ^)");
  }

  TEST_CASE("a missing or empty file is told apart") {
    test::manifests in;
    const auto missing = appup::read_app(in.files(), "app.yaml");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == appup::errc::error_reading);
    CHECK(missing.error().context ==
          "app.yaml: error[error_reading]: cannot be read: No such file or "
          "directory");
    CHECK(errors("") == "app.yaml: error[error_reading]: the file is empty");
  }
}
