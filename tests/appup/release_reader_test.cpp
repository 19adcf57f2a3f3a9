#include "appup/reader.hpp"
#include "tests/appup/support.hpp"

#include <doctest/doctest.h>

namespace {

using namespace instar;

result<appup::release_spec> read(std::string_view text) {
  test::manifests in;
  return appup::read_release(in.with("release.yaml", text).files(),
                             "release.yaml");
}

std::string errors(std::string_view text) {
  const auto spec = read(text);
  REQUIRE_FALSE(spec);
  return spec.error().context;
}

}  // namespace

TEST_SUITE("appup/release_reader") {
  TEST_CASE("a release with everything is read") {
    const auto spec = read(R"(release: counterd
vsn: "2"
runtime: "0.1.0"
applications:
  - counter: "1.1.0"
  - {name: tools, vsn: "1.0", type: load, included: [inner]}
probation: {seconds: 30, max_restarts: 3, health: {module: m, function: f, args: [1]}, then: commit}
rollback_failure: restart
)");
    REQUIRE(spec);
    CHECK(spec->release == "counterd");
    CHECK(spec->vsn == "2");
    CHECK(spec->runtime == "0.1.0");
    REQUIRE(spec->applications.size() == 2);
    CHECK(spec->applications[0].name == "counter");
    CHECK(spec->applications[0].type == appup::start_type::permanent);
    CHECK(spec->applications[1].type == appup::start_type::load);
    CHECK(spec->applications[1].included == std::vector<std::string>{"inner"});
    REQUIRE(spec->probation);
    CHECK(spec->probation->seconds == std::chrono::seconds(30));
    CHECK(spec->probation->max_restarts == 3U);
    CHECK(std::get<appup::mfa>(spec->probation->health).function == "f");
    CHECK(spec->probation->then == appup::probation_end::commit);
    CHECK(spec->on_rollback_failure == appup::rollback_failure::restart);
  }

  TEST_CASE("a health check may be a command") {
    const auto spec = read(
        "release: r\nvsn: \"2\"\napplications: []\n"
        "probation: {seconds: 1, health: {command: [curl, -f, url]}}\n");
    REQUIRE(spec);
    CHECK(std::get<appup::health_command>(spec->probation->health).arguments ==
          std::vector<std::string>{"curl", "-f", "url"});
    CHECK(spec->probation->then == appup::probation_end::keep);
    CHECK_FALSE(spec->probation->max_restarts);
  }

  TEST_CASE("all that is wrong with a release is said at once") {
    CHECK(
        errors("release: 3\n"
               "vsn: 2\n"
               "runtime: 0.1\n"
               "applications:\n"
               "  - counter: 1.1\n"
               "  - {name: tools, vsn: \"1.0\", type: permanant}\n"
               "  - counter: \"2\"\n"
               "  - 7\n"
               "  - counter: \"3\"\n") ==
        R"(release.yaml:1:10: error[illegal_name]: a release must be a name, not the number 3
  release: 3
           ^
release.yaml:2:6: error[illegal_form]: vsn must be a version, not the number 2; a version is a string: write "2", in quotes
  vsn: 2
       ^
release.yaml:3:10: error[illegal_form]: runtime must be a version, not the number 0.1; a version is a string: write "0.1", in quotes
  runtime: 0.1
           ^
release.yaml:5:14: error[illegal_applications]: vsn must be a version, not the number 1.1; a version is a string: write "1.1", in quotes
    - counter: 1.1
               ^
release.yaml:6:37: error[illegal_applications]: a start type must be permanent, transient, temporary, load or none, not "permanant" (did you mean "permanent"?)
    - {name: tools, vsn: "1.0", type: permanant}
                                      ^
release.yaml:8:5: error[illegal_applications]: an application is NAME: "VSN" or {name: NAME, vsn: "VSN", type: TYPE}, not the number 7
    - 7
      ^
release.yaml:9:5: error[illegal_applications]: the application counter is given twice; the first is in line 7
    - counter: "3"
      ^)");
  }

  TEST_CASE("what an application of a release lacks is named") {
    CHECK(
        errors("release: r\n"
               "vsn: \"2\"\n"
               "applications:\n"
               "  - {name: a, vns: \"1\"}\n"
               "  - {name: b, type: load}\n"
               "  - {vsn: \"1\", tpye: load}\n"
               "  - c\n") ==
        R"(release.yaml:4:15: error[unknown_key]: an application has no key "vns" (did you mean "vsn"?)
    - {name: a, vns: "1"}
                ^
release.yaml:5:5: error[illegal_applications]: an application needs the key "vsn"
    - {name: b, type: load}
      ^
release.yaml:6:16: error[unknown_key]: an application has no key "tpye" (did you mean "type"?)
    - {vsn: "1", tpye: load}
                 ^
release.yaml:6:5: error[illegal_applications]: an application needs the key "name"
    - {vsn: "1", tpye: load}
      ^
release.yaml:7:5: error[illegal_applications]: an application is NAME: "VSN" or {name: NAME, vsn: "VSN", type: TYPE}, not "c"
    - c
      ^)");
  }

  TEST_CASE("the settings of a release are checked") {
    CHECK(
        errors("release: counterd\n"
               "vsn: \"2\"\n"
               "aplications: [counter: \"1\"]\n"
               "probation: {seconds: -3, max_restarts: many, health: "
               "{module: m}, then: stop}\n"
               "rollback_failure: kep\n") ==
        R"(release.yaml:3:1: error[unknown_key]: a release has no key "aplications" (did you mean "applications"?)
  aplications: [counter: "1"]
  ^
release.yaml:4:22: error[badly_formatted_release]: seconds must be a whole number from 0 to 2147483647, not the number -3
  probation: {seconds: -3, max_restarts: many, health: {module: m}, then: stop}
                       ^
release.yaml:4:40: error[badly_formatted_release]: max_restarts must be a whole number from 0 to 2147483647, not "many"
  probation: {seconds: -3, max_restarts: many, health: {module: m}, then: stop}
                                         ^
release.yaml:4:54: error[badly_formatted_release]: health needs the key "function"
  probation: {seconds: -3, max_restarts: many, health: {module: m}, then: stop}
                                                       ^
release.yaml:4:54: error[badly_formatted_release]: health needs the key "args"
  probation: {seconds: -3, max_restarts: many, health: {module: m}, then: stop}
                                                       ^
release.yaml:4:73: error[badly_formatted_release]: then must be keep or commit, not "stop"
  probation: {seconds: -3, max_restarts: many, health: {module: m}, then: stop}
                                                                          ^
release.yaml:5:19: error[badly_formatted_release]: rollback_failure must be keep or restart, not "kep" (did you mean "keep"?)
  rollback_failure: kep
                    ^)");
  }

  TEST_CASE("a configuration is read by application") {
    test::manifests in;
    in.with("config.yaml", "format: 1\ncounter: {limit: 3}\nkv:\n");
    const auto config = appup::read_config(in.files(), "config.yaml");
    REQUIRE(config);
    CHECK(*config == boost::json::object{{"counter", {{"limit", 3}}},
                                         {"kv", boost::json::object()}});
    in.with("config.yaml", "Other: {}\nthird: 7\n");
    const auto bad = appup::read_config(in.files(), "config.yaml");
    REQUIRE_FALSE(bad);
    CHECK(
        bad.error().context ==
        R"(config.yaml:1:1: error[bad_config]: "Other" is no name of an application: a small letter, then letters, digits and _
  Other: {}
  ^
config.yaml:2:8: error[bad_config]: the environment of third must be a map, not the number 7
  third: 7
         ^)");
  }
}
