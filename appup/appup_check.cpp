#include "appup/appup_check.hpp"

#include "appup/appup_entry.hpp"
#include "appup/change_check.hpp"
#include "appup/entry_check.hpp"
#include "appup/library.hpp"
#include "appup/manifest.hpp"
#include "module/same_code.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

namespace instar::appup {
namespace {

// The runtime's own: no application has it.
constexpr std::string_view builtin_module = "application";

bool is_before(const diagnostic& a, const diagnostic& b) {
  const auto key = [](const diagnostic& one) {
    return std::tuple(one.where.file ? std::string_view(one.where.file->name)
                                     : std::string_view(),
                      one.where.at.line, one.where.at.column);
  };
  return key(a) < key(b);
}

void sort_by_place(diagnostics& all) {
  std::stable_sort(all.begin(), all.end(), is_before);
}

/// Marks of `appup generate` that nobody has answered. Comments are no part of the
/// data, so the text is searched.
void check_marks(const source_position& file, diagnostics& warnings) {
  constexpr std::string_view mark = "# DECIDE:";
  if (file.file == nullptr)
    return;
  const std::string_view text = file.file->text;
  std::uint32_t line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto content = text.substr(at, end - at);
    const auto first = content.find_first_not_of(' ');
    if (first != std::string_view::npos &&
        content.substr(first).starts_with(mark)) {
      warn(warnings, errc::undecided,
           file.with({line, static_cast<std::uint32_t>(first + 1)}),
           "`appup generate` could not decide this: answer it, and take the "
           "mark away");
    }
    at = end + 1;
  }
}

class checker {
public:
  explicit checker(const appup_check_request& request)
      : request_(request), files_(*request.files) {}

  appup_check_answer check() {
    if (read()) {
      // What is missing may be what could not be read.
      const bool is_complete = answer_.ok();
      if (is_complete)
        read_modules();
      check_entries(is_complete);
      if (is_complete) {
        check_pairs(*appup_, *app_, old_ ? &*old_ : nullptr, answer_.warnings);
        check_applications(*app_, facts_, owners(), answer_.warnings);
      }
    }
    finish();
    return std::move(answer_);
  }

private:
  // ---- reading --------------------------------------------------------------

  template <class Manifest>
  bool take(manifest_answer<Manifest> from, std::optional<Manifest>& into) {
    auto& errors = answer_.errors;
    errors.insert(errors.end(), from.errors.begin(), from.errors.end());
    into = std::move(from.read);
    return into.has_value();
  }

  bool read() {
    auto file = request_.appup;
    folder_ = file;
    if (files_.kind(file) == file_kind::folder) {
      file = manifest_file(files_, folder_, "appup");
    } else {
      folder_ = file.parent_path();
    }
    bool fine = take(
        read_app_manifest(files_, manifest_file(files_, folder_, "app")), app_);
    fine = take(read_appup_manifest(files_, file), appup_) && fine;
    if (request_.old_folder) {
      const auto old = manifest_file(files_, *request_.old_folder, "app");
      fine = take(read_app_manifest(files_, old), old_) && fine;
    }
    if (!fine)
      return false;
    answer_.application = app_->spec.application;
    answer_.vsn = app_->spec.vsn;
    answer_.warnings = appup_->warnings;
    check_marks(appup_->vsn_at, answer_.warnings);
    warn_bad_vsn({app_->spec.application, app_->spec.vsn}, *appup_,
                 answer_.warnings);
    return !old_ || !answer_.ok() || check_old();
  }

  bool check_old() {
    if (old_->spec.application != app_->spec.application) {
      report(answer_.errors, errc::error_reading, old_->where,
             fmt::format("the older version is of the application {}, but the "
                         "appup is for {}",
                         old_->spec.application, app_->spec.application));
    } else if (old_->spec.vsn == app_->spec.vsn) {
      report(answer_.errors, errc::error_reading,
             old_->where.with(old_->vsn_at),
             fmt::format("the older version is {} too", old_->spec.vsn));
    } else {
      answer_.old_vsn = old_->spec.vsn;
      return true;
    }
    return false;
  }

  // ---- module files ---------------------------------------------------------

  void read_modules() {
    std::vector<std::string> silent;
    std::vector<std::string> uncompared;
    std::set<std::string_view> in_old;
    if (old_)
      in_old.insert(old_->spec.modules.begin(), old_->spec.modules.end());
    for (const auto& module : app_->spec.modules) {
      const auto bytes = module_bytes(folder_, module);
      note_imports(module, bytes, facts_.app_imports, silent);
      if (!old_)
        continue;
      if (!in_old.contains(module))
        continue;
      const auto older = module_bytes(*request_.old_folder, module);
      note_imports(module, older, facts_.old_imports, silent);
      if (!bytes || !older) {
        uncompared.push_back(module);
      } else if (module_file::is_same_code(*older, *bytes)) {
        facts_.unchanged.insert(module);
      } else {
        facts_.changed.insert(module);
      }
    }
    note(
        "whether these modules changed cannot be told without the files of "
        "both versions",
        uncompared);
    silent.erase(std::unique(silent.begin(), silent.end()), silent.end());
    note(
        "what these modules import cannot be told without a module file that "
        "can be read",
        silent);
  }

  std::optional<std::string> module_bytes(const path& folder,
                                          const std::string& module) {
    auto bytes = files_.read(folder / "modules" / (module + ".so"),
                             module_file::most_file_bytes);
    if (!bytes)
      return std::nullopt;
    return std::move(*bytes);
  }

  static void note_imports(const std::string& module,
                           const std::optional<std::string>& bytes,
                           module_facts::imports& into,
                           std::vector<std::string>& silent) {
    if (bytes) {
      const auto read = module_file::parse_elf(*bytes);
      if (read && read->imports) {
        into.emplace(module, *read->imports);
        return;
      }
    }
    silent.push_back(module);
  }

  void note(std::string_view what, const std::vector<std::string>& modules) {
    if (!modules.empty()) {
      answer_.notes.push_back(
          fmt::format("{}: {}", what, fmt::join(modules, ", ")));
    }
  }

  /// The applications of imported modules, by module: looked for in the folders
  /// beside this application's.
  std::map<std::string, std::string> owners() {
    const std::set<std::string_view> own(app_->spec.modules.begin(),
                                         app_->spec.modules.end());
    std::set<std::string> wanted;
    for (const auto& [module, imports] : facts_.app_imports) {
      for (const auto& one : imports) {
        if (one.module != builtin_module && !own.contains(one.module)) {
          wanted.insert(one.module);
        }
      }
    }
    std::map<std::string, std::string> found;
    if (wanted.empty())
      return found;
    const auto beside = folder_.has_parent_path() && !folder_.filename_is_dot()
                            ? folder_.parent_path()
                            : folder_ / "..";
    if (const auto all = files_.list(beside)) {
      for (const auto& name : *all)
        note_owner(beside / name, wanted, found);
    }
    note("the applications of these imported modules are not beside this one",
         {wanted.begin(), wanted.end()});
    return found;
  }

  void note_owner(const path& folder, std::set<std::string>& wanted,
                  std::map<std::string, std::string>& found) {
    const auto file = manifest_file(files_, folder, "app");
    if (files_.kind(file) == file_kind::missing)
      return;
    const auto other = read_app_manifest(files_, file);
    if (!other.read || other.read->spec.application == app_->spec.application)
      return;
    for (const auto& module : other.read->spec.modules) {
      if (wanted.erase(module) > 0)
        found.emplace(module, other.read->spec.application);
    }
  }

  // ---- entries --------------------------------------------------------------

  void check_entries(bool is_complete) {
    for (const auto way : {direction::up, direction::down}) {
      auto& count = way == direction::up ? answer_.up : answer_.down;
      for (const auto* entry : entries(way)) {
        ++count;
        check_one({way, entry, &*app_, old_ ? &*old_ : nullptr}, is_complete);
      }
    }
    // One direction alone is a warning of check_pairs.
    if (old_ && answer_.up == 0 && answer_.down == 0 &&
        answer_.errors.empty()) {
      const appup_owner owner{app_->spec.application, app_->spec.vsn};
      for (const auto way : {direction::up, direction::down}) {
        report_no_relup(owner, *appup_, way, old_->spec.vsn, answer_.errors);
      }
    }
  }

  std::vector<const appup_entry*> entries(direction way) {
    std::vector<const appup_entry*> found;
    if (old_) {
      const auto* entry =
          match_entry(*appup_, way, old_->spec.vsn, answer_.errors);
      if (entry != nullptr)
        found.push_back(entry);
      return found;
    }
    for (const auto& entry : entries_of(*appup_, way)) {
      // Any text does: a bad pattern is bad for each.
      if (auto bad = matches(entry, "0").error)
        answer_.errors.push_back(std::move(*bad));
      found.push_back(&entry);
    }
    return found;
  }

  void check_one(const checked_entry& one, bool is_complete) {
    check_entry(one, answer_.errors, answer_.warnings);
    if (!is_complete)
      return;
    check_dependencies(one, facts_, answer_.warnings);
    if (old_)
      check_changes(one, facts_, answer_.warnings);
  }

  void finish() {
    sort_by_place(answer_.errors);
    sort_by_place(answer_.warnings);
    if (answer_.ok() && request_.warnings_as_errors &&
        !answer_.warnings.empty()) {
      answer_.errors.push_back(as_error(answer_.warnings.front()));
    }
  }

  const appup_check_request& request_;
  file_system& files_;
  path folder_;
  std::optional<app_manifest> app_;
  std::optional<appup_spec> appup_;
  std::optional<app_manifest> old_;
  module_facts facts_;
  appup_check_answer answer_;
};

}  // namespace

appup_check_answer check_appup(const appup_check_request& request) {
  return checker(request).check();
}

}  // namespace instar::appup
