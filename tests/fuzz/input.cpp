#include "tests/fuzz/input.hpp"

#include "tests/fuzz/promises.hpp"

#include <algorithm>
#include <stdexcept>

namespace instar::test {
namespace {

constexpr std::string_view marker = "--- ";
constexpr std::size_t name_limit_bytes = 200;
constexpr std::size_t files_limit = 64;

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= name_limit_bytes &&
         name.find("..") == std::string_view::npos && name.front() != '/' &&
         name.back() != '/' &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

fuzz_input split_input(std::string_view bytes) {
  fuzz_input input;
  std::string name;
  std::string text;
  const auto finish = [&] {
    if (!is_name(name) || input.names.size() == files_limit)
      return;
    const path file(name);
    if (file.has_parent_path() && !input.files.make_folders(file.parent_path()))
      return;
    if (input.files.write(file, text))
      input.names.push_back(name);
  };
  while (!bytes.empty()) {
    const auto end = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
    const auto line = bytes.substr(0, end);
    bytes.remove_prefix(end);
    if (line.starts_with(marker) && line.ends_with('\n')) {
      finish();
      name = line.substr(marker.size(), line.size() - marker.size() - 1);
      text.clear();
    } else {
      text += line;
    }
  }
  finish();
  return input;
}

void promise(bool kept, const std::string& what) {
  if (!kept)
    throw std::logic_error(what);
}

void check_failure(const failure& why, const std::string& file) {
  promise(why.code.category() == appup::appup_category(),
          "an error without a tag: " + why.context);
  promise(why.context.starts_with(file),
          "an error that does not name its file: " + why.context);
}

void check_diagnostics(const appup::diagnostics& all, const char* what) {
  for (const auto& one : all) {
    promise(!one.message.empty(), std::string(what) + " without a message");
    promise(one.where.file == nullptr || one.where.at.line == 0 ||
                one.where.at.column > 0,
            std::string(what) + " with half a place: " + one.message);
  }
  (void)appup::to_text(all);
}

void check_round_trip(const appup::relup_spec& relup) {
  const auto text = appup::write_relup(relup);
  memory_file_system files;
  promise(files.write("relup.yaml", text).has_value(), "a file is written");
  const auto again = appup::read_relup(files, "relup.yaml");
  promise(again.has_value(), "a relup that was written cannot be read:\n" +
                                 (again ? "" : again.error().context) + "\n" +
                                 text);
  promise(appup::write_relup(*again) == text,
          "a relup changes when it is written and read:\n" + text);
  // A number that is none equals nothing.
  promise(*again == relup || text.find(".nan") != std::string::npos,
          "a relup is not equal to what was written:\n" + text);
}

}  // namespace instar::test
