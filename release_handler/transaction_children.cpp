// The children that an upgraded supervisor has more or fewer than before.
#include "release_handler/children.hpp"
#include "release_handler/errors.hpp"
#include "release_handler/transaction.hpp"
#include "runtime/errors.hpp"
#include "runtime/supervisor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

namespace instar::release_handler {
namespace {

bool is_one_of(const std::string& error,
               std::initializer_list<const char*> allowed) {
  return std::any_of(allowed.begin(), allowed.end(),
                     [&](const char* one) { return error == one; });
}

/// A supervisor that has ended meanwhile has no children: that is no failure.
template <class Request>
result<> ask(runtime& node, const child_change& of, Request request,
             std::initializer_list<const char*> allowed) {
  const auto reply = node.call<child_reply>(of.supervisor, std::move(request),
                                            effect_patience);
  if (!reply) {
    if (reply.error().code == make_error_code(instar::errc::noproc))
      return {};
    return reply.error();
  }
  if (reply->error.empty() || is_one_of(reply->error, allowed))
    return {};
  return failure(
      errc::effect_failed,
      fmt::format("child {} of {}{}{}: {}{}{}", of.id, of.supervisor_name,
                  of.supervisor_name.empty() ? "" : " ",
                  to_string(of.supervisor), reply->error,
                  reply->detail.empty() ? "" : ": ", reply->detail));
}

/// `child dan of team_sup`
std::string name_of(const child_change& of) {
  return fmt::format("child {} of {}", of.id,
                     of.supervisor_name.empty() ? to_string(of.supervisor)
                                                : of.supervisor_name);
}

std::size_t count_of(const std::vector<child_change>& changes,
                     child_difference what) {
  return static_cast<std::size_t>(
      std::count_if(changes.begin(), changes.end(),
                    [&](const auto& one) { return one.what == what; }));
}

result<> remove(runtime& node, const child_change& of) {
  INSTAR_TRY(ask(node, of, terminate_child{of.id, {}}, {"not_found"}));
  return ask(node, of, delete_child{of.id}, {"not_found"});
}

}  // namespace

/// For the batch, before it begins: by the specifications that run.
result<std::vector<child_change>> transaction::changes_of(
    const batch& of) const {
  std::vector<child_change> all;
  for (const auto& one : of.modules) {
    auto* from = node_.code().current(one.module);
    const auto next = loaded_.find(one.module);
    if (from == nullptr || next == loaded_.end() || one.is_removed ||
        !one.is_converted) {
      continue;
    }
    INSTAR_TRY_ASSIGN(auto found, child_changes(node_, *from, *next->second));
    for (auto& change : found)
      all.push_back(std::move(change));
  }
  return all;
}

/// Stops those that are gone, then starts those that are new. Their
/// specifications are in force since the batch. Each is an effect in the journal;
/// none lasts longer than the node.
result<> transaction::change_children(const std::vector<child_change>& changes,
                                      done_step& done) {
  // Specified from now on, whether they start or not.
  for (const auto& one : changes) {
    if (one.what == child_difference::added)
      done.changes.push_back({one});
  }
  auto added = done.changes.size() - count_of(changes, child_difference::added);
  for (const auto& one : changes) {
    if (one.what == child_difference::changed)
      continue;
    emit_phase("children");
    const auto who = name_of(one);
    if (one.what == child_difference::removed) {
      std::optional<std::size_t> number;
      const auto stop = [&]() -> result<> {
        INSTAR_TRY(remove(node_, one));
        done.changes.push_back({one, number});
        return {};
      };
      INSTAR_TRY(run_recorded(
          {"stop " + who, false, one.is_running ? "start " + who : ""}, number,
          stop));
    } else {
      auto& number = done.changes[added++].number;
      INSTAR_TRY(run_recorded(
          {"start " + who, false, "stop " + who}, number,
          [&] { return ask(node_, one, restart_child{one.id}, {"running"}); }));
    }
  }
  return {};
}

/// Before the batch itself is taken back, which brings the old specifications. Who
/// is new goes first: it may have the name of one that was stopped.
result<> transaction::take_back_children(const done_step& done) {
  for (auto one = done.changes.rbegin(); one != done.changes.rend(); ++one) {
    if (one->what.what != child_difference::added)
      continue;
    INSTAR_TRY(remove(node_, one->what));
    record_undone(one->number);
  }
  for (auto one = done.changes.rbegin(); one != done.changes.rend(); ++one) {
    if (one->what.what != child_difference::removed)
      continue;
    if (one->what.is_running) {
      INSTAR_TRY(ask(node_, one->what, instar::start_child{one->what.before},
                     {"already_started"}));
    }
    record_undone(one->number);
  }
  return {};
}

}  // namespace instar::release_handler
