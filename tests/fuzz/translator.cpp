#include "appup/appup_check.hpp"
#include "appup/relup_maker.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/promises.hpp"

#include <string>
#include <utility>

namespace instar::test {
namespace {

// One explanation for each instruction, and each can be shown.
void check_explained(const std::vector<appup::relup_entry>& entries,
                     const std::vector<appup::explanations>& explained) {
  promise(entries.size() == explained.size(), "not all entries are explained");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    promise(entries[i].script.size() == explained[i].size(),
            "not all instructions are explained");
    for (const auto& one : explained[i])
      (void)appup::to_lines(one);
  }
}

void try_relup(file_system& files) {
  const auto is_there = [&](const char* name) {
    return files.kind(name) != file_kind::missing;
  };
  appup::make_relup_request request;
  request.files = &files;
  request.release = "new.yaml";
  request.up_from = {"old.yaml"};
  if (is_there("older.yaml"))
    request.up_from.emplace_back("older.yaml");
  request.lib_folders = {"lib"};
  request.restart_emulator = is_there("restart_emulator");
  request.warnings_as_errors = is_there("warnings_as_errors");
  request.chain = is_there("chain");
  request.explain = is_there("explain");
  const auto answer = appup::make_relup(request);
  promise(answer.ok() == answer.errors.empty(),
          "a relup with errors, or neither");
  check_diagnostics(answer.errors, "an error");
  check_diagnostics(answer.warnings, "a warning");
  if (!answer.ok())
    return;
  check_round_trip(*answer.relup);
  promise(answer.explained.has_value() == request.explain,
          "explained unasked, or not at all");
  if (answer.explained) {
    check_explained(answer.relup->up, answer.explained->up);
    check_explained(answer.relup->down, answer.explained->down);
  }
}

void try_check(file_system& files, const path& folder,
               const std::optional<path>& old_folder) {
  appup::appup_check_request request;
  request.files = &files;
  request.appup = folder;
  request.old_folder = old_folder;
  const auto answer = appup::check_appup(request);
  check_diagnostics(answer.errors, "an error");
  check_diagnostics(answer.warnings, "a warning");
}

}  // namespace

void try_translator(std::string_view bytes) {
  auto [files, names] = split_input(bytes);
  try_relup(files);
  const auto folders = files.list("lib");
  if (!folders)
    return;
  constexpr std::size_t most_folders = 8;
  std::size_t count = 0;
  for (const auto& name : *folders) {
    const auto folder = path("lib") / name;
    if (files.kind(folder / "appup.yaml") == file_kind::missing)
      continue;
    if (++count > most_folders)
      break;
    try_check(files, folder, std::nullopt);
    const auto application = name.substr(0, name.find('-') + 1);
    for (const auto& other : *folders) {
      if (other != name && other.starts_with(application))
        try_check(files, folder, path("lib") / other);
    }
  }
}

}  // namespace instar::test
