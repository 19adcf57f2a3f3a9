#include "tests/appup/support.hpp"

#include <doctest/doctest.h>

namespace instar::test {
namespace {

// Every line further in.
std::string indented(std::string_view text, std::string_view by) {
  std::string all;
  bool start = true;
  for (const char c : text) {
    if (start && c != '\n')
      all += by;
    all += c;
    start = c == '\n';
  }
  return all;
}

}  // namespace

manifests& manifests::with(const std::string& file, std::string_view text) {
  const path name(file);
  if (name.has_parent_path()) {
    (void)files_.make_folders(name.parent_path());
  }
  files_.write(name, text).value();
  return *this;
}

upgrade::upgrade() {
  with("old.yaml", "release: rel\nvsn: \"1\"\napplications: [a: \"1.0\"]\n");
  with("new.yaml", "release: rel\nvsn: \"2\"\napplications: [a: \"2.0\"]\n");
  with("lib/a-1.0/app.yaml",
       "application: a\nvsn: \"1.0\"\nmodules: [foo, bar, baz]\n");
  with("lib/a-2.0/app.yaml",
       "application: a\nvsn: \"2.0\"\nmodules: [foo, bar, baz]\n");
}

upgrade& upgrade::up(std::string_view instructions) {
  up_ = instructions;
  return *this;
}

upgrade& upgrade::down(std::string_view instructions) {
  down_ = instructions;
  return *this;
}

appup::make_relup_answer upgrade::make() {
  std::string text = "vsn: \"2.0\"\nup:\n- from: \"1.0\"\n  instructions:\n";
  text += indented(up_, "  ");
  text += "down:\n- to: \"1.0\"\n  instructions:\n";
  text += indented(down_, "  ");
  with("lib/a-2.0/appup.yaml", text);
  request.files = &files();
  request.release = "new.yaml";
  request.up_from = {"old.yaml"};
  request.lib_folders = {"lib"};
  return appup::make_relup(request);
}

std::string errors_of(const appup::make_relup_answer& answer) {
  return appup::to_text(answer.errors);
}

std::string warnings_of(const appup::make_relup_answer& answer) {
  return appup::to_text(answer.warnings);
}

void check_up_errors(std::string_view instructions, std::string_view expected) {
  upgrade upgraded;
  upgraded.up(instructions).down(" []\n");
  const auto answer = upgraded.make();
  CHECK_FALSE(answer.ok());
  CHECK(errors_of(answer) == std::string(expected));
}

}  // namespace instar::test
