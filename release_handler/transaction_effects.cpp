// The effects of a transaction: applies, applications, children.
#include "release_handler/errors.hpp"
#include "release_handler/transaction.hpp"
#include "runtime/apply.hpp"
#include "runtime/errors.hpp"
#include "runtime/supervisor.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace instar::release_handler {
namespace {

constexpr std::chrono::minutes effect_patience{5};

failure with_context(failure why, const std::string& what) {
  return {errc::effect_failed, what + ": " + why.message()};
}

application_start_type to_start_type(std::string_view text) {
  if (text == "transient")
    return application_start_type::transient;
  if (text == "temporary")
    return application_start_type::temporary;
  return application_start_type::permanent;
}

/// Every child of every running application's tree: who supervises it, its id, its
/// modules.
struct found_child {
  pid supervisor;
  child_info about;
};

result<> collect(runtime& node, pid supervisor,
                 std::vector<found_child>& found) {
  INSTAR_TRY_ASSIGN(const auto children, node.call<std::vector<child_info>>(
                                             supervisor, which_children{}));
  for (const auto& child : children) {
    found.push_back({supervisor, child});
    if (child.type == child_type::supervisor && child.child) {
      INSTAR_TRY(collect(node, child.child, found));
    }
  }
  return {};
}

result<std::vector<found_child>> all_children(runtime& node) {
  std::vector<found_child> found;
  for (const auto& application : node.applications().all()) {
    if (application.top)
      INSTAR_TRY(collect(node, application.top, found));
  }
  return found;
}

}  // namespace

result<> transaction::run_application(const appup::mfa& call) {
  const auto name = std::string(call.args.front().as_string());
  auto& applications = node_.applications();
  if (call.function == "load") {
    const auto* app = target_.find(name);
    if (app == nullptr) {
      return failure(errc::no_such_application,
                     "the release has no application " + name);
    }
    return applications.load(target_.info_of(*app));
  }
  if (call.function == "unload")
    return applications.unload(name);
  if (call.function == "stop")
    return applications.stop(name);
  if (call.function != "start") {
    return failure(instar::errc::undef,
                   "module application exports no function " + call.function);
  }
  if (const auto* app = target_.find(name)) {
    // Starting loads it, as in OTP.
    if (auto loaded = applications.load(target_.info_of(*app));
        !loaded &&
        loaded.error().code != make_error_code(instar::errc::already_loaded)) {
      return loaded;
    }
  }
  const auto type =
      call.args.size() > 1 && call.args[1].is_string()
          ? to_start_type(std::string_view(call.args[1].as_string()))
          : application_start_type::temporary;
  return applications.start(name, type);
}

result<> transaction::run_apply(const appup::mfa& call) {
  const auto what = call.module + ":" + call.function;
  if (call.module == "application") {
    if (call.args.empty() || !call.args.front().is_string()) {
      return failure(errc::effect_failed,
                     what + " needs an application's name");
    }
    auto done = run_application(call);
    if (!done)
      return with_context(done.error(), what);
    return {};
  }
  auto done = instar::apply(node_, call.module, call.function, call.args,
                            effect_patience);
  if (!done)
    return with_context(done.error(), what);
  return {};
}

result<> transaction::run_effect(const step& what, const effect& of) {
  emit_phase("effect");
  done_step record{&what, {}, {}};
  switch (of.what) {
    case effect::kind::apply:
      INSTAR_TRY(run_apply(of.call));
      break;
    case effect::kind::stop: {
      auto stopped = stop_children(of, record);
      stopped_.insert(stopped_.end(), record.stopped.begin(),
                      record.stopped.end());
      if (!stopped) {
        // Those that were stopped are started again by taking back.
        done_.push_back(std::move(record));
        return stopped;
      }
      break;
    }
    case effect::kind::start:
      INSTAR_TRY(start_children(std::exchange(stopped_, {})));
      break;
  }
  has_touched_ = true;
  done_.push_back(std::move(record));
  return {};
}

result<> transaction::stop_children(const effect& of, done_step& record) {
  INSTAR_TRY_ASSIGN(const auto children, all_children(node_));
  for (const auto& one : children) {
    const bool is_meant = std::any_of(
        of.modules.begin(), of.modules.end(), [&](const auto& module) {
          return std::find(one.about.modules.begin(), one.about.modules.end(),
                           module) != one.about.modules.end();
        });
    // As in OTP, children of a simple_one_for_one are not stopped.
    if (!is_meant || one.about.id == "undefined" || !one.about.child)
      continue;
    INSTAR_TRY_ASSIGN(const auto reply,
                      node_.call<child_reply>(one.supervisor,
                                              terminate_child{one.about.id, {}},
                                              effect_patience));
    if (!reply.error.empty()) {
      return failure(errc::effect_failed,
                     fmt::format("stop {}: {}", one.about.id, reply.error));
    }
    record.stopped.push_back(to_string(one.supervisor) + "/" + one.about.id);
  }
  return {};
}

result<> transaction::start_children(const std::vector<std::string>& stopped) {
  for (const auto& one : stopped) {
    const auto slash = one.find('/');
    const auto supervisor = parse_pid(std::string_view(one).substr(0, slash));
    const auto id = one.substr(slash + 1);
    INSTAR_TRY_ASSIGN(const auto reply,
                      node_.call<child_reply>(supervisor, restart_child{id},
                                              effect_patience));
    if (!reply.error.empty() && reply.error != "running") {
      return failure(
          errc::effect_failed,
          fmt::format("start {}: {}: {}", id, reply.error, reply.detail));
    }
  }
  return {};
}

}  // namespace instar::release_handler
