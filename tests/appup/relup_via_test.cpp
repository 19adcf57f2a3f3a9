// `relup make --chain`: releases 1, 2 and 3 of an application that goes from 1.0
// over 2.0 to 3.0.
#include "tests/appup/support.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace instar;

class releases : public test::manifests {
public:
  releases() {
    for (const std::string vsn : {"1", "2", "3"}) {
      with(vsn + ".yaml", "release: rel\nvsn: \"" + vsn +
                              "\"\napplications: [a: \"" + vsn + ".0\"]\n");
      with("lib/a-" + vsn + ".0/app.yaml",
           "application: a\nvsn: \"" + vsn + ".0\"\nmodules: [foo]\n");
    }
    appup("2", "from: \"1.0\"", "to: \"1.0\"");
    appup("3", "from: \"2.0\"", "to: \"2.0\"");
  }

  void appup(const std::string& vsn, const std::string& from,
             const std::string& to) {
    with("lib/a-" + vsn + ".0/appup.yaml",
         "vsn: \"" + vsn + ".0\"\nup:\n- " + from +
             "\n  instructions: [load_module: foo]\ndown:\n- " + to +
             "\n  instructions: [load_module: foo]\n");
  }

  appup::make_relup_answer make(bool chain = true) {
    appup::make_relup_request request;
    request.files = &files();
    request.release = "3.yaml";
    request.up_from = {"1.yaml", "2.yaml"};
    request.lib_folders = {"lib"};
    request.chain = chain;
    return appup::make_relup(request);
  }
};

}  // namespace

TEST_SUITE("appup/relup_via") {
  TEST_CASE("a base without an entry is reached through another one") {
    releases in;
    const auto answer = in.make();
    REQUIRE_MESSAGE(answer.ok(), test::errors_of(answer));
    CHECK(test::warnings_of(answer) == "");
    REQUIRE(answer.relup->up.size() == 2);
    CHECK(answer.relup->up[0].vsn == "2");
    CHECK(answer.relup->up[0].via.empty());
    CHECK(answer.relup->up[0].script.size() == 3);
    CHECK(answer.relup->up[1].vsn == "1");
    CHECK(answer.relup->up[1].via == std::vector<std::string>{"2"});
    CHECK(answer.relup->up[1].script.empty());
    CHECK(answer.relup->down[1].vsn == "1");
    CHECK(answer.relup->down[1].via == std::vector<std::string>{"2"});
  }

  TEST_CASE("a way through others survives its file") {
    releases in;
    const auto relup = *in.make().relup;
    const auto text = appup::write_relup(relup);
    CHECK(text.find("  - from: \"1\"\n    description: \"\"\n    via: "
                    "[\"2\"]\n") != std::string::npos);
    in.with("relup.yaml", text);
    const auto again = appup::read_relup(in.files(), "relup.yaml");
    REQUIRE_MESSAGE(again, again.error().context);
    CHECK(*again == relup);
  }

  TEST_CASE("a direct entry is taken where there is one") {
    releases in;
    in.appup("3", "from: {regex: \".*\"}", "to: {regex: \".*\"}");
    const auto answer = in.make();
    REQUIRE_MESSAGE(answer.ok(), test::errors_of(answer));
    CHECK(answer.relup->up[1].via.empty());
    CHECK(answer.relup->down[1].via.empty());
  }

  TEST_CASE("without --chain the missing entry is the error") {
    releases in;
    CHECK(
        test::errors_of(in.make(false)) ==
        "lib/a-3.0/appup.yaml:2:1: error[no_relup]: a 3.0 has no way up from version "
        "1.0; it has \"2.0\"\n"
        "  up:\n"
        "  ^\n"
        "lib/a-3.0/appup.yaml:5:1: error[no_relup]: a 3.0 has no way down to "
        "version 1.0; it has \"2.0\"\n"
        "  down:\n"
        "  ^");
  }

  TEST_CASE("the hop that is missing is named") {
    releases in;
    in.appup("2", "from: \"1.5\"", "to: \"1.0\"");
    CHECK(
        test::errors_of(in.make()) ==
        "3.yaml: error[no_relup]: no way leads from release 1 to 3, not "
        "through others either: the hop from 1 to 2 is missing\n"
        "lib/a-2.0/appup.yaml:2:1: error[no_relup]: a 2.0 has no way up from version "
        "1.0; it has \"1.5\"\n"
        "  up:\n"
        "  ^");
  }

  TEST_CASE("a mistake in an appup is the error and no reason to go round it") {
    releases in;
    in.with("lib/a-3.0/appup.yaml",
            "vsn: \"3.0\"\nup:\n- from: \"1.0\"\n  instructions: [load_module: "
            "fo]\n- from: \"2.0\"\n  instructions: []\ndown: [{to: {regex: "
            "\".*\"}, instructions: []}]\n");
    CHECK(test::errors_of(in.make()) ==
          "lib/a-3.0/appup.yaml:4:31: error[no_such_module]: the module fo is "
          "in no application of release 3 (did you mean \"foo\"?)\n"
          "    instructions: [load_module: fo]\n"
          "                                ^");
  }

  TEST_CASE("a hop that cannot be taken back is a warning") {
    releases in;
    in.appup("2", "from: \"1.0\"", "to: \"0.9\"");
    in.with("3.yaml", "release: rel\nvsn: \"3\"\napplications: [a: \"3.0\"]\n");
    appup::make_relup_request request;
    request.files = &in.files();
    request.release = "3.yaml";
    request.up_from = {"1.yaml", "2.yaml"};
    request.down_to = std::vector<path>{"2.yaml"};
    request.lib_folders = {"lib"};
    request.chain = true;
    const auto answer = appup::make_relup(request);
    REQUIRE_MESSAGE(answer.ok(), test::errors_of(answer));
    CHECK(test::warnings_of(answer) ==
          "lib/a-2.0/appup.yaml:5:1: warning[no_down_entry]: the hop from "
          "release 1 to 2 cannot be taken back where a later one fails: a 2.0 "
          "has no way down to version 1.0; it has \"0.9\"\n"
          "  down:\n"
          "  ^");
  }
}
