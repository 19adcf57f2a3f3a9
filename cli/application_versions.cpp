#include "cli/application_versions.hpp"

#include "appup/reader.hpp"
#include "cli/errors.hpp"
#include "module/elf_file.hpp"
#include "module/same_code.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace instar::cli {
namespace {

/// The texts of `wanted` that stand in the file as a whole: runs of printable
/// characters that a zero ends, as the compiler writes them.
void note_mentions(std::string_view bytes,
                   const std::set<std::string, std::less<>>& wanted,
                   std::set<std::string>& into) {
  std::size_t start = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const auto c = static_cast<unsigned char>(bytes[at]);
    if (c >= 0x20 && c < 0x7F)
      continue;
    if (c == 0 && at > start) {
      const auto found = wanted.find(bytes.substr(start, at - start));
      if (found != wanted.end())
        into.insert(*found);
    }
    start = at + 1;
  }
}

class reader {
public:
  reader(file_system& files, const path& older, const path& newer)
      : files_(files), older_folder_(older), newer_folder_(newer) {}

  read_versions read() {
    const bool has_older = read_app(older_folder_, made_.older);
    const bool has_newer = read_app(newer_folder_, made_.newer);
    if (has_older && has_newer && check_pair()) {
      read_modules(older_folder_, made_.older, &appup::module_versions::older,
                   older_bytes_);
      read_modules(newer_folder_, made_.newer, &appup::module_versions::newer,
                   newer_bytes_);
      compare();
    }
    read_versions answer;
    answer.errors = std::move(errors_);
    if (answer.errors.empty())
      answer.read = std::move(made_);
    return answer;
  }

private:
  using all_bytes = std::map<std::string, std::string>;

  template <class... Parts>
  bool error(errc code, fmt::format_string<Parts...> text, Parts&&... parts) {
    errors_.push_back({code, fmt::format(text, std::forward<Parts>(parts)...)});
    return false;
  }

  bool read_app(const path& folder, appup::app_spec& into) {
    auto file = folder / "app.yaml";
    if (files_.kind(file) == file_kind::missing &&
        files_.kind(folder / "app.json") != file_kind::missing) {
      file = folder / "app.json";
    }
    auto read = appup::read_app(files_, file);
    if (!read) {
      errors_.push_back(read.error());
      return false;
    }
    into = std::move(*read);
    return true;
  }

  bool check_pair() {
    if (made_.older.application != made_.newer.application) {
      return error(errc::bad_application,
                   "{}: it is the application {}, but {} is {}",
                   newer_folder_.string(), made_.newer.application,
                   older_folder_.string(), made_.older.application);
    }
    if (made_.older.vsn == made_.newer.vsn) {
      return error(errc::bad_application,
                   "{}: it is version {} of {}, as {} is: an appup leads from "
                   "one version to another",
                   newer_folder_.string(), made_.newer.vsn,
                   made_.newer.application, older_folder_.string());
    }
    return true;
  }

  void read_modules(
      const path& folder, const appup::app_spec& app,
      std::optional<appup::module_version> appup::module_versions::*into,
      all_bytes& bytes) {
    for (const auto& module : app.modules) {
      const auto file = folder / "modules" / (module + ".so");
      auto read = read_module(app, module, file, bytes);
      if (read)
        made_.modules[module].*into = std::move(read);
    }
  }

  std::optional<appup::module_version> read_module(const appup::app_spec& app,
                                                   const std::string& name,
                                                   const path& file,
                                                   all_bytes& bytes) {
    if (files_.kind(file) != file_kind::regular) {
      error(errc::no_such_file, "{}: app.yaml lists it, but it is not there",
            file.string());
      return std::nullopt;
    }
    auto content = files_.read(file, module_file::most_file_bytes);
    if (!content) {
      errors_.push_back(content.error());
      return std::nullopt;
    }
    auto about = module_file::describe_module(*content);
    const auto elf = module_file::parse_elf(*content);
    if (!about || !elf) {
      const auto& why = about ? elf.error() : about.error();
      errors_.push_back({why.code, file.string() + ": " + why.context});
      return std::nullopt;
    }
    if (about->name != name || about->vsn != app.vsn) {
      error(errc::bad_application, "{}: it holds {} {}, not {} {}",
            file.string(), about->name, about->vsn, name, app.vsn);
      return std::nullopt;
    }
    bytes.emplace(name, std::move(*content));
    return appup::module_version{std::move(*about), elf->writable_globals};
  }

  void compare() {
    std::set<std::string, std::less<>> messages;
    for (const auto& [name, module] : made_.modules) {
      for (const auto* version : {&module.older, &module.newer}) {
        if (!*version)
          continue;
        for (const auto& one : (*version)->about.messages)
          messages.insert(one.message->name);
      }
    }
    for (auto& [name, module] : made_.modules) {
      const auto older = older_bytes_.find(name);
      const auto newer = newer_bytes_.find(name);
      const bool has_older = older != older_bytes_.end();
      const bool has_newer = newer != newer_bytes_.end();
      if (has_older)
        note_mentions(older->second, messages, module.mentions);
      if (has_newer)
        note_mentions(newer->second, messages, module.mentions);
      module.is_same_code =
          has_older && has_newer &&
          module_file::is_same_code(older->second, newer->second);
    }
  }

  file_system& files_;
  const path& older_folder_;
  const path& newer_folder_;
  appup::application_versions made_;
  all_bytes older_bytes_;
  all_bytes newer_bytes_;
  std::vector<failure> errors_;
};

}  // namespace

read_versions read_application_versions(file_system& files, const path& older,
                                        const path& newer) {
  return reader(files, older, newer).read();
}

}  // namespace instar::cli
