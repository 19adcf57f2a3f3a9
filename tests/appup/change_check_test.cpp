#include "appup/change_check.hpp"

#include "tests/appup/support.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace instar;
using namespace instar::appup;

/// An up entry of the application a 2.0 and what its modules import.
class facts : public test::manifests {
public:
  explicit facts(const std::string& instructions) {
    with("app.yaml",
         "application: a\nvsn: \"2.0\"\nmodules: [foo, bar, baz]\n"
         "applications: [c]\n");
    with("appup.yaml",
         "vsn: \"2.0\"\nup:\n  - from: \"1.0\"\n    instructions:\n" +
             instructions + "down: []\n");
    app_ = read_app_manifest(files(), "app.yaml").read.value();
    appup_ = read_appup_manifest(files(), "appup.yaml").read.value();
  }

  std::string dependencies() {
    diagnostics warnings;
    check_dependencies({direction::up, &appup_.up.at(0), &app_, nullptr}, known,
                       warnings);
    return to_text(warnings);
  }
  std::string applications(const std::map<std::string, std::string>& owners) {
    diagnostics warnings;
    check_applications(app_, known, owners, warnings);
    return to_text(warnings);
  }

  module_facts known;

private:
  app_manifest app_;
  appup_spec appup_;
};

}  // namespace

TEST_SUITE("appup/change_check") {
  TEST_CASE("an import of a module that changes too is a dependency") {
    facts of(
        "      - update: foo\n"
        "      - load_module: bar\n"
        "      - update: {module: baz, dep_mods: [foo]}\n");
    of.known.app_imports["foo"] = {
        {"bar", "get"}, {"other", "f"}, {"bar", "put"}, {"foo", "self"}};
    of.known.app_imports["baz"] = {{"foo", "get"}};
    CHECK(
        of.dependencies() ==
        R"(appup.yaml:5:17: warning[undeclared_dependency]: foo imports get, put of bar, and both change: its dep_mods do not lead to bar
        - update: foo
                  ^)");
  }

  TEST_CASE("a dependency may be declared through other modules") {
    facts of(
        "      - update: {module: foo, dep_mods: [baz]}\n"
        "      - load_module: bar\n"
        "      - update: {module: baz, dep_mods: [bar]}\n");
    of.known.app_imports["foo"] = {{"bar", "get"}};
    CHECK(of.dependencies() == "");
    of.known.app_imports["bar"] = {{"foo", "get"}};
    CHECK(
        of.dependencies() ==
        R"(appup.yaml:6:22: warning[undeclared_dependency]: bar imports get of foo, and both change: its dep_mods do not lead to foo
        - load_module: bar
                       ^)");
  }

  TEST_CASE("an import of a module that stays is no dependency") {
    facts of("      - update: foo\n");
    of.known.app_imports["foo"] = {{"bar", "get"}};
    of.known.app_imports["bar"] = {{"foo", "get"}};
    CHECK(of.dependencies() == "");
  }

  TEST_CASE("an import from another application needs it among applications") {
    facts of("      - update: foo\n");
    of.known.app_imports["foo"] = {{"bar", "get"}};
    of.known.app_imports["bar"] = {
        {"b_format", "text"}, {"c_store", "put"}, {"unknown", "f"}};
    CHECK(
        of.applications({{"b_format", "b"}, {"c_store", "c"}}) ==
        R"(app.yaml:3:16: warning[undeclared_dependency]: bar imports text of b_format, a module of b, which is not in applications
  modules: [foo, bar, baz]
                 ^)");
  }
}
