#include "appup/relup_maker.hpp"

#include "appup/library.hpp"
#include "appup/loaded_release.hpp"
#include "appup/manifest.hpp"
#include "appup/relup_chain.hpp"
#include "appup/script_list.hpp"
#include "appup/translation.hpp"

#include <fmt/format.h>

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
    add_entries(direction::up, top, up, relup);
    add_entries(direction::down, top, down, relup);
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
      auto made = std::make_unique<loaded_release>();
      made->manifest = std::move(*answer.read);
      load_applications(library_, *made, errors);
      loaded = std::move(made);
    }
    add_errors(std::move(errors));
    return loaded.get();
  }

  // One script, as one direction has it. Newest release: `top`.
  struct attempt {
    script made;
    explanations why;
    diagnostics errors;
    diagnostics warnings;
  };

  attempt try_script(direction way, const loaded_release& top,
                     const loaded_release& base) {
    attempt tried;
    translation work;
    if (request_.explain)
      work.explained = &tried.why;
    list_scripts({way, &top, &base, request_.restart_emulator}, library_, work,
                 tried.errors, tried.warnings);
    tried.made = translate(work, tried.errors, tried.warnings);
    return tried;
  }

  void add_entries(direction way, const loaded_release* top,
                   const std::vector<path>& bases, relup_spec& relup) {
    auto& entries = way == direction::up ? relup.up : relup.down;
    auto& why = way == direction::up ? explained_.up : explained_.down;
    for (std::size_t i = 0; i < bases.size(); ++i) {
      const auto* base = release(bases[i]);
      if (top == nullptr || base == nullptr)
        continue;
      auto tried = try_script(way, *top, *base);
      relup_entry entry{base->manifest.spec.vsn, "", std::move(tried.made)};
      if (request_.chain && is_way_missing(tried.errors)) {
        entry.via = find_via(way, *top, bases, i);
        why.emplace_back();
      } else {
        warnings_.insert(warnings_.end(), tried.warnings.begin(),
                         tried.warnings.end());
        add_errors(std::move(tried.errors));
        why.push_back(std::move(tried.why));
      }
      entries.push_back(std::move(entry));
    }
    std::reverse(entries.begin(), entries.end());
    std::reverse(why.begin(), why.end());
  }

  // A hop as it is travelled. Going up the appups of where it leads say how, going
  // down those of where it starts.
  attempt try_hop(direction way, const loaded_release& from,
                  const loaded_release& to) {
    return way == direction::up ? try_script(way, to, from)
                                : try_script(way, from, to);
  }

  // The releases between bases[which] and the top, in the order of travel; none,
  // with errors, where no way is found.
  std::vector<std::string> find_via(direction way, const loaded_release& top,
                                    const std::vector<path>& bases,
                                    std::size_t which) {
    std::vector<const loaded_release*> all;
    for (const auto& file : bases)
      all.push_back(release(file));
    all.push_back(&top);
    const release_hop ends = way == direction::up
                                 ? release_hop{which, all.size() - 1}
                                 : release_hop{all.size() - 1, which};
    const auto answer =
        find_chain(all.size(), ends, [&](const release_hop& hop) {
          const auto* from = all[hop.from];
          const auto* to = all[hop.to];
          return from != nullptr && to != nullptr && from != to &&
                 try_hop(way, *from, *to).errors.empty();
        });
    if (!answer.via) {
      report_no_chain(way, *all[ends.from], *all[ends.to],
                      *all[answer.missing.from], *all[answer.missing.to]);
      return {};
    }
    std::vector<std::string> via;
    const auto* before = all[ends.from];
    for (const auto one : *answer.via) {
      via.push_back(all[one]->manifest.spec.vsn);
      warn_no_way_back(way, *before, *all[one]);
      before = all[one];
    }
    return via;
  }

  void report_no_chain(direction way, const loaded_release& from,
                       const loaded_release& to, const loaded_release& last,
                       const loaded_release& next) {
    diagnostics errors;
    report(errors, errc::no_relup, request_file(),
           fmt::format("no way leads from release {} to {}, not through others "
                       "either: the hop from {} to {} is missing",
                       vsn_of(from), vsn_of(to), vsn_of(last), vsn_of(next)));
    auto why = try_hop(way, last, next).errors;
    errors.insert(errors.end(), why.begin(), why.end());
    add_errors(std::move(errors));
  }

  // A hop that is done is taken back where a later one fails.
  void warn_no_way_back(direction way, const loaded_release& from,
                        const loaded_release& to) {
    const auto back = way == direction::up ? direction::down : direction::up;
    const auto errors = try_hop(back, to, from).errors;
    if (errors.empty())
      return;
    warn(warnings_,
         back == direction::up ? errc::no_up_entry : errc::no_down_entry,
         errors.front().where,
         fmt::format("the hop from release {} to {} cannot be taken back where "
                     "a later one fails: {}",
                     vsn_of(from), vsn_of(to), errors.front().message));
  }

  static const std::string& vsn_of(const loaded_release& of) {
    return of.manifest.spec.vsn;
  }
  source_position request_file() {
    const auto* top = release(request_.release);
    return top->manifest.where.with({});
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
    if (errors_.empty()) {
      answer.relup = std::move(relup);
      if (request_.explain)
        answer.explained = std::move(explained_);
    }
    answer.warnings = std::move(warnings_);
    answer.errors = std::move(errors_);
    return answer;
  }

  const make_relup_request& request_;
  library library_;
  std::map<std::string, read_release> releases_;
  relup_explanations explained_;
  diagnostics errors_;
  diagnostics warnings_;
  std::set<
      std::tuple<errc, std::string, std::uint32_t, std::uint32_t, std::string>>
      said_;
};

}  // namespace

bool is_way_missing(const diagnostics& errors) {
  return !errors.empty() &&
         std::all_of(errors.begin(), errors.end(), [](const auto& one) {
           return one.tag == errc::no_relup ||
                  (one.tag == errc::file_problem && one.where.at.line == 0);
         });
}

result<relup_spec> make_relup_answer::to_result() const {
  if (relup)
    return *relup;
  return to_failure(errors);
}

make_relup_answer make_relup(const make_relup_request& request) {
  return maker(request).make();
}

}  // namespace instar::appup
