#include "release_handler/installation.hpp"

#include "module/module_description.hpp"
#include "release_handler/errors.hpp"
#include "release_handler/rehearsal_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace instar::release_handler {
namespace {

void add(const install_report& of, install_report& to) {
  to.batches += of.batches;
  to.processes += of.processes;
  for (const auto& [module, count] : of.by_module)
    to.by_module[module] += count;
  to.pause = std::max(to.pause, of.pause);
  to.killed.insert(to.killed.end(), of.killed.begin(), of.killed.end());
  to.phases.insert(to.phases.end(), of.phases.begin(), of.phases.end());
  if (!of.rehearsal.is_null())
    to.rehearsal = of.rehearsal;
}

failure in_hop(const failure& why, const planned_hop& one) {
  return {why.code,
          fmt::format("from {} to {}: {}", one.from, one.to, why.context)};
}

}  // namespace

result<planned_hop> plan_hop(file_system& files, const path& root,
                             const hop& of) {
  planned_hop made{of.from, of.to, {}, {}};
  INSTAR_TRY_ASSIGN(made.todo, make_plan(of.script));
  INSTAR_TRY_ASSIGN(made.target, read_release_data(files, root, of.to));
  return made;
}

result<way_forecast> installation::check() {
  INSTAR_TRY(check_later_hops());
  const auto& first = way_.hops.front();
  transaction tried(with_.node, with_.root, first.todo, first.target,
                    with_.options, with_.emit, {});
  INSTAR_TRY(tried.check());
  way_forecast found;
  INSTAR_TRY_ASSIGN(auto now, tried.look_ahead());
  if (with_.options.rehearse) {
    INSTAR_TRY_ASSIGN(found.rehearsal, rehearse(tried));
  }
  std::map<std::string, std::string> versions;
  for (const auto& one : now.steps) {
    for (const auto& module : one.modules)
      versions[module.module] = module.to;
  }
  found.hops.push_back(std::move(now));
  for (std::size_t i = 1; i < way_.hops.size(); ++i) {
    auto later = make_later_forecast(with_.node, with_.root, way_.hops[i].todo,
                                     versions);
    later.applications = compare_applications(with_.node.applications().all(),
                                              way_.hops[i - 1].target.infos(),
                                              way_.hops[i].target.infos());
    found.hops.push_back(std::move(later));
  }
  return found;
}

/// All hops: `first` is the first one, checked.
result<rehearsal_report> installation::rehearse(transaction& first) {
  std::vector<std::unique_ptr<transaction>> later;
  // What a later one borrows is unloaded by an earlier one.
  const struct in_reverse {
    std::vector<std::unique_ptr<transaction>>& all;
    ~in_reverse() {
      while (!all.empty())
        all.pop_back();
    }
  } unloading{later};
  std::vector<const transaction*> before{&first};
  for (std::size_t i = 1; i < way_.hops.size(); ++i) {
    const auto& one = way_.hops[i];
    later.push_back(std::make_unique<transaction>(
        with_.node, with_.root, one.todo, one.target, with_.options, with_.emit,
        nullptr));
    if (auto loaded = later.back()->load_ahead(before); !loaded)
      return in_hop(loaded.error(), one);
    before.push_back(later.back().get());
  }
  before.erase(before.begin());
  return first.rehearse(before);
}

result<> installation::check_later_hops() const {
  for (std::size_t i = 1; i < way_.hops.size(); ++i)
    INSTAR_TRY(check_files(way_.hops[i]));
  return {};
}

// What a hop will load is there and is what it should be.
result<> installation::check_files(const planned_hop& one) const {
  for (const auto& each : one.todo.steps) {
    const auto* modules = std::get_if<batch>(&each);
    if (modules == nullptr)
      continue;
    for (const auto& module : modules->modules) {
      if (module.is_removed || module.lib.empty())
        continue;
      const auto file =
          module_file_of(with_.root, module.lib, module.vsn, module.module);
      if (with_.node.files().kind(file) == file_kind::missing) {
        return failure(errc::no_such_file,
                       fmt::format("{} is not there", file.string()));
      }
      INSTAR_TRY_ASSIGN(const auto found,
                        module_file::describe_module(with_.node.files(), file));
      if (found.name != module.module || found.vsn != module.vsn) {
        return failure(errc::bad_module_file,
                       fmt::format("{} holds module {} {}", file.string(),
                                   found.name, found.vsn));
      }
    }
  }
  return {};
}

void installation::emit_hop(const planned_hop& one, std::size_t number,
                            bool is_back) {
  if (!with_.emit || way_.hops.size() == 1)
    return;
  with_.emit(boost::json::object{{"event", "hop"},
                                 {"from", one.from},
                                 {"to", one.to},
                                 {"hop", number},
                                 {"of", way_.hops.size()},
                                 {"undo", is_back}});
}

install_report installation::run_hop(const planned_hop& one,
                                     const install_options& options,
                                     std::function<bool()> is_cancelled,
                                     journal* records) {
  transaction going(with_.node, with_.root, one.todo, one.target, options,
                    with_.emit, std::move(is_cancelled), records);
  install_report report;
  if (auto fits = going.check(); !fits) {
    report.error = fits.error();
    return report;
  }
  if (options.rehearse) {
    // The hops behind the first are rehearsed with it, and again when it is done.
    const bool is_first = !way_.hops.empty() && &one == &way_.hops.front();
    auto rehearsed = is_first ? rehearse(going) : going.rehearse();
    if (!rehearsed) {
      report.error = rehearsed.error();
      return report;
    }
    report.rehearsal = to_json(*rehearsed);
    if (!rehearsed->ok()) {
      report.error = why_refused(*rehearsed);
      return report;
    }
  }
  report = going.run();
  if (!report.ok())
    return report;
  if (auto arrived = with_.arrived(one); !arrived)
    report.error = arrived.error();
  return report;
}

result<> installation::record_hop(std::size_t which) {
  if (with_.records == nullptr || way_.hops.size() == 1)
    return {};
  const auto& one = way_.hops[which];
  return with_.records->hop(which + 1, one.from, one.to);
}

install_report installation::run() {
  install_report report;
  if (auto fits = check_later_hops(); !fits) {
    report.error = fits.error();
    return report;
  }
  for (std::size_t i = 0; i < way_.hops.size(); ++i) {
    const auto& one = way_.hops[i];
    emit_hop(one, i + 1, false);
    install_report done;
    if (auto noted = record_hop(i); !noted) {
      done.error = noted.error();
    } else {
      done = run_hop(one, with_.options, with_.is_cancelled, with_.records);
    }
    add(done, report);
    report.outcome = done.outcome;
    if (done.ok())
      continue;
    report.error = std::move(done.error);
    if (way_.hops.size() > 1) {
      report.error = in_hop(*report.error, one);
    }
    if (i > 0 && report.outcome != outcome::degraded)
      take_back(i, report);
    return report;
  }
  return report;
}

// The first `done` hops. Nobody may stop that half way.
void installation::take_back(std::size_t done, install_report& report) {
  while (done > 0) {
    if (auto undone = take_back_hop(--done, report); !undone) {
      report.outcome = outcome::degraded;
      report.error->context += fmt::format(
          "; and going back from {} to {} failed: {}", way_.hops[done].to,
          way_.hops[done].from, undone.error().message());
      return;
    }
  }
  report.outcome = outcome::rolled_back;
}

result<> installation::take_back_hop(std::size_t which,
                                     install_report& report) {
  const auto& back = way_.back[which];
  if (!back)
    return failure(errc::no_matching_relup, "no script leads back");
  auto options = with_.options;
  options.allow_irreversible = true;
  options.rehearse = false;
  emit_hop(*back, which + 1, true);
  // It cannot be refused for a full disk.
  auto undone = run_hop(*back, options, {}, nullptr);
  add(undone, report);
  if (!undone.ok())
    return std::move(*undone.error);
  if (with_.records != nullptr) {
    if (auto noted = with_.records->hop_taken_back(which + 1); !noted)
      with_.node.log(log_level::warning, noted.error().message());
  }
  return {};
}

}  // namespace instar::release_handler
