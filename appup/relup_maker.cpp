#include "appup/relup_maker.hpp"

#include "appup/library.hpp"
#include "appup/loaded_release.hpp"
#include "appup/manifest.hpp"
#include "appup/script_list.hpp"
#include "appup/translation.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace instar::appup {
namespace {

class maker {
public:
  explicit maker(const make_relup_request& request)
      : request_(request), library_(*request.files, request.lib_folders) {}

  make_relup_answer make() {
    const auto& up = request_.up_from;
    const auto& down = request_.down_to ? *request_.down_to : up;
    read_releases(up, down);
    const auto* top = release(request_.release);
    relup_spec relup;
    if (top != nullptr)
      relup.vsn = top->manifest.spec.vsn;
    add_entries(direction::up, top, up, relup.up);
    add_entries(direction::down, top, down, relup.down);
    return finish(top, std::move(relup));
  }

private:
  struct read_release {
    manifest_answer<release_manifest> answer;
    std::unique_ptr<loaded_release> loaded;
    bool tried = false;
  };

  // All manifests first, so that their applications can be read together.
  void read_releases(const std::vector<path>& up,
                     const std::vector<path>& down) {
    std::vector<library::name_vsn> apps;
    const auto read = [&](const path& file) {
      const auto [slot, is_new] = releases_.try_emplace(file.string());
      auto& [answer, loaded, tried] = slot->second;
      if (is_new)
        answer = read_release_manifest(*request_.files, file);
      if (!is_new || !answer.read)
        return;
      for (const auto& app : answer.read->spec.applications) {
        apps.push_back({app.name, app.vsn});
      }
    };
    read(request_.release);
    const auto top = apps;
    for (const auto& file : up)
      read(file);
    for (const auto& file : down)
      read(file);
    // An appup is needed where a base has the application in another version.
    std::map<std::string_view, std::set<std::string_view>> versions;
    for (const auto& [name, vsn] : apps)
      versions[name].insert(vsn);
    std::vector<library::name_vsn> appups;
    for (const auto& app : top) {
      if (versions[app.name].size() > 1)
        appups.push_back(app);
    }
    library_.prefetch(apps, appups);
  }

  // Null, with errors, if nothing of it can be read. With errors of another
  // kind it serves to find more of them.
  const loaded_release* release(const path& file) {
    auto& [answer, loaded, tried] = releases_[file.string()];
    if (tried)
      return loaded.get();
    tried = true;
    diagnostics errors = answer.errors;
    if (answer.read) {
      auto attempt = std::make_unique<loaded_release>();
      attempt->manifest = std::move(*answer.read);
      load_applications(library_, *attempt, errors);
      loaded = std::move(attempt);
    }
    add_errors(std::move(errors));
    return loaded.get();
  }

  void add_entries(direction way, const loaded_release* top,
                   const std::vector<path>& bases,
                   std::vector<relup_entry>& entries) {
    for (const auto& file : bases) {
      const auto* base = release(file);
      if (top == nullptr || base == nullptr)
        continue;
      translation work;
      diagnostics errors;
      list_scripts({way, top, base, request_.restart_emulator}, library_, work,
                   errors, warnings_);
      auto made = translate(work, errors, warnings_);
      add_errors(std::move(errors));
      entries.push_back({base->manifest.spec.vsn, "", std::move(made)});
    }
    std::reverse(entries.begin(), entries.end());
  }

  // An appup is used in both directions and for several bases: what is wrong
  // with it is said once.
  void add_errors(diagnostics errors) {
    for (auto& one : errors) {
      const auto* const file =
          one.where.file ? one.where.file->name.c_str() : "";
      if (said_
              .emplace(one.tag, file, one.where.at.line, one.where.at.column,
                       one.message)
              .second) {
        errors_.push_back(std::move(one));
      }
    }
  }

  // Entries of a wrong shape, once per appup.
  void add_entry_warnings(const loaded_release& top) {
    for (const auto& app : top.apps) {
      const auto* answer = library_.find_appup(app.name(), app.vsn());
      if (answer == nullptr || !answer->read)
        continue;
      const auto& more = answer->read->warnings;
      warnings_.insert(warnings_.end(), more.begin(), more.end());
    }
  }

  make_relup_answer finish(const loaded_release* top, relup_spec relup) {
    if (top != nullptr)
      add_entry_warnings(*top);
    std::reverse(warnings_.begin(), warnings_.end());
    if (errors_.empty() && request_.warnings_as_errors && !warnings_.empty()) {
      errors_.push_back(as_error(warnings_.front()));
    }
    make_relup_answer answer;
    if (errors_.empty())
      answer.relup = std::move(relup);
    answer.warnings = std::move(warnings_);
    answer.errors = std::move(errors_);
    return answer;
  }

  const make_relup_request& request_;
  library library_;
  std::map<std::string, read_release> releases_;
  diagnostics errors_;
  diagnostics warnings_;
  std::set<
      std::tuple<errc, std::string, std::uint32_t, std::uint32_t, std::string>>
      said_;
};

}  // namespace

result<relup_spec> make_relup_answer::to_result() const {
  if (relup)
    return *relup;
  return to_failure(errors);
}

make_relup_answer make_relup(const make_relup_request& request) {
  return maker(request).make();
}

}  // namespace instar::appup
