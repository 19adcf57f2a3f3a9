// The release handler's operations on releases that do not run: statuses, files.
#include "release_handler/errors.hpp"
#include "release_handler/release_operation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace instar::release_handler {

std::vector<release_record> release_handler::which_releases(
    release_status status) const {
  auto all = which_releases();
  std::erase_if(all, [&](const auto& one) { return one.status != status; });
  return all;
}

/// To the history; ends the journal where one is open.
void release_handler::record_change(const char* what, const std::string& vsn,
                                    const requester& by, const char* outcome,
                                    const result<>& done,
                                    boost::json::object more) {
  more["operation"] = what;
  if (!vsn.empty())
    more["to"] = vsn;
  more["by"] = by.who;
  more["ok"] = done.has_value();
  more["outcome"] = done ? outcome : "refused";
  if (!done) {
    more["error"] = boost::json::object{{"tag", done.error().tag()},
                                        {"message", done.error().message()}};
  }
  end_journal(std::move(more));
}

/// One operation on the store, which is whole or not at all by itself.
result<> release_handler::change_store(const char* what, const std::string& vsn,
                                       const requester& by, const char* outcome,
                                       const store_change& change,
                                       boost::json::object more,
                                       bool is_allowed_on_probation) {
  const operation ours(*this, fmt::format("{} of {}", what, vsn), by,
                       is_allowed_on_probation
                           ? operation::on_probation::allowed
                           : operation::on_probation::refused);
  if (!ours)
    return failure(errc::install_in_progress, why_busy());
  const auto done = [&] {
    const std::lock_guard lock(store_mutex_);
    return change(store_);
  }();
  record_change(what, vsn, by, outcome, done, std::move(more));
  return done;
}

result<> release_handler::remove_release(const std::string& vsn,
                                         const requester& by) {
  // The way back from a release on probation must stay.
  return change_store(
      "remove", vsn, by, "removed",
      [&](auto& store) { return store.remove_release(vsn); }, {}, false);
}

result<> release_handler::set_removed(const std::string& vsn,
                                      const requester& by) {
  return change_store(
      "set_removed", vsn, by, "removed",
      [&](auto& store) { return store.set_removed(vsn); }, {}, false);
}

result<> release_handler::set_unpacked(const std::string& vsn,
                                       const requester& by) {
  return change_store("set_unpacked", vsn, by, "unpacked",
                      [&](auto& store) -> result<> {
                        INSTAR_TRY(store.set_unpacked(vsn));
                        return {};
                      });
}

result<> release_handler::install_file(const std::string& vsn, const path& file,
                                       const requester& by) {
  return change_store(
      "install_file", vsn, by, "placed",
      [&](auto& store) { return store.install_file(vsn, file); },
      {{"file", file.string()}});
}

result<> release_handler::purge_for(const std::string& vsn) {
  const operation ours(*this, "purge for " + vsn, {"operator"});
  if (!ours)
    return failure(errc::install_in_progress, why_busy());
  install_options any;
  any.allow_irreversible = true;
  std::string from;
  INSTAR_TRY_ASSIGN(const auto way, plan_way(vsn, any, from));
  for (const auto& hop : way.hops) {
    for (const auto& each : hop.todo.steps) {
      const auto* modules = std::get_if<batch>(&each);
      if (modules == nullptr)
        continue;
      for (const auto& one : modules->modules) {
        if (auto gone = node_.code().soft_purge(one.module); !gone)
          node_.log(log_level::info, gone.error().message());
      }
    }
  }
  return {};
}

// ---- which release a restart starts -------------------------------------------------

/// Between journal and history, so that a crash in between is told too.
result<> release_handler::promote(const char* what, const std::string& vsn,
                                  const requester& by,
                                  const store_change& change) {
  INSTAR_TRY(begin_journal(what, permanent().vsn, vsn, by));
  const auto promoted = [&] {
    const std::lock_guard lock(store_mutex_);
    return change(store_);
  }();
  record_change(what, vsn, by, "permanent", promoted, {});
  return promoted;
}

result<> release_handler::reboot_old_release(const std::string& vsn,
                                             const requester& by) {
  const operation ours(*this, "reboot of " + vsn, by,
                       operation::on_probation::refused);
  if (!ours)
    return failure(errc::install_in_progress, why_busy());
  return promote("reboot", vsn, by,
                 [&](auto& store) { return store.reboot_old_release(vsn); });
}

result<> release_handler::make_permanent(const std::string& vsn,
                                         const requester& by) {
  if (running().vsn == vsn && !end_trial())
    return failure(errc::install_in_progress, why_busy());
  return commit_release(vsn, by);
}

result<> release_handler::commit_release(const std::string& vsn,
                                         const requester& by) {
  const operation ours(*this, "commit of " + vsn, by);
  if (!ours)
    return failure(errc::install_in_progress, why_busy());
  const auto before = permanent().vsn;
  INSTAR_TRY(promote("commit", vsn, by,
                     [&](auto& store) { return store.make_permanent(vsn); }));
  {
    const std::lock_guard lock(operation_mutex_);
    alarm_.clear();
  }
  // The way back needs no old code in memory: its file is loaded again then.
  for (const auto& module : node_.code().all_loaded()) {
    if (auto gone = node_.code().soft_purge(module.name); !gone) {
      node_.log(log_level::info, gone.error().message());
    }
  }
  remove_kept_too_long(before, by);
  return {};
}

/// `keep` of instar.yaml. In the order of unpacking, but `newest` last.
void release_handler::remove_kept_too_long(const std::string& newest,
                                           const requester& by) {
  if (!keep_)
    return;
  auto old = which_releases(release_status::old);
  std::stable_partition(old.begin(), old.end(),
                        [&](const auto& one) { return one.vsn != newest; });
  for (std::size_t i = 0; i + *keep_ < old.size(); ++i) {
    const auto& vsn = old[i].vsn;
    const auto removed = [&] {
      const std::lock_guard lock(store_mutex_);
      if (previous_ == vsn)
        previous_.clear();
      return store_.remove_release(vsn);
    }();
    record_change("remove", vsn, by, "removed", removed,
                  {{"why", fmt::format("keep: {}", *keep_)}});
    node_.log(removed ? log_level::info : log_level::warning,
              removed
                  ? fmt::format("release {} is removed (keep: {})", vsn, *keep_)
                  : removed.error().message());
  }
}

}  // namespace instar::release_handler
