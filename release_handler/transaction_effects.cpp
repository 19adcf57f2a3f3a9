// The effects of a transaction: applies, applications, children.
#include "release_handler/children.hpp"
#include "release_handler/errors.hpp"
#include "release_handler/transaction.hpp"
#include "runtime/apply.hpp"
#include "runtime/errors.hpp"
#include "runtime/supervisor.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace instar::release_handler {
namespace {

failure with_context(const failure& why, const std::string& what) {
  const auto message = why.message();
  return {errc::effect_failed, message.starts_with(what + ":")
                                   ? message
                                   : fmt::format("{}: {}", what, message)};
}

application_start_type to_start_type(std::string_view text) {
  if (text == "transient")
    return application_start_type::transient;
  if (text == "temporary")
    return application_start_type::temporary;
  return application_start_type::permanent;
}

}  // namespace

result<> transaction::load_if_new(const std::string& name) {
  const auto* app = target_.find(name);
  if (app == nullptr)
    return {};
  auto loaded = node_.applications().load(target_.info_of(*app));
  if (!loaded &&
      loaded.error().code == make_error_code(instar::errc::already_loaded)) {
    return {};
  }
  return loaded;
}

/// As OTP, which loads them with the application.
result<> transaction::load_included(const std::string& name) {
  for (const auto& one : target_.included_by(name))
    INSTAR_TRY(load_if_new(one));
  return {};
}

/// What load_included() has loaded, and was not there before.
void transaction::unload_included(const std::string& name) {
  for (const auto& one : target_.included_by(name)) {
    const auto was_loaded = std::any_of(
        applications_before_.begin(), applications_before_.end(),
        [&](const auto& before) { return before.about.name == one; });
    if (!was_loaded)
      static_cast<void>(node_.applications().unload(one));
  }
}

result<> transaction::run_application(const appup::mfa& call) {
  const auto name = std::string(call.args.front().as_string());
  auto& applications = node_.applications();
  if (call.function == "load") {
    const auto* app = target_.find(name);
    if (app == nullptr) {
      return failure(errc::no_such_application,
                     "the release has no application " + name);
    }
    INSTAR_TRY(applications.load(target_.info_of(*app)));
    return load_included(name);
  }
  if (call.function == "unload")
    return applications.unload(name);
  if (call.function == "stop") {
    auto stopped = applications.stop(name);
    // It may have ended by itself.
    if (!stopped &&
        stopped.error().code == make_error_code(instar::errc::not_started)) {
      return {};
    }
    return stopped;
  }
  if (call.function != "start") {
    return failure(instar::errc::undef,
                   "module application exports no function " + call.function);
  }
  // Starting loads it, as in OTP.
  INSTAR_TRY(load_if_new(name));
  INSTAR_TRY(load_included(name));
  // The compiler writes a start for each application that is new: what is included
  // is started by the one that includes it.
  if (!target_.includer_of(name).empty())
    return {};
  const auto type =
      call.args.size() > 1 && call.args[1].is_string()
          ? to_start_type(std::string_view(call.args[1].as_string()))
          : application_start_type::temporary;
  auto started = applications.start(name, type);
  const bool was_loaded = std::any_of(
      applications_before_.begin(), applications_before_.end(),
      [&](const auto& before) { return before.about.name == name; });
  if (!started && !was_loaded) {
    static_cast<void>(applications.unload(name));
    unload_included(name);
  }
  return started;
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
  done_step record{&what, {}, {}, 0};
  result<> done = {};
  switch (of.what) {
    case effect::kind::apply:
      note_application(of);
      INSTAR_TRY(run_apply(of.call));
      break;
    case effect::kind::stop:
      done = stop_children(of.modules, record.children);
      stopped_.insert(stopped_.end(), record.children.begin(),
                      record.children.end());
      break;
    case effect::kind::start:
      for (auto one = stopped_.begin(); one != stopped_.end() && done;) {
        if (!concerns(of.modules, one->modules)) {
          ++one;
          continue;
        }
        done = start_child(*one);
        if (done) {
          record.children.push_back(std::move(*one));
          one = stopped_.erase(one);
        }
      }
      break;
  }
  // What a failed stop or start has done is taken back with the rest.
  if (done || !record.children.empty()) {
    has_touched_ = true;
    done_.push_back(std::move(record));
  }
  return done;
}

// ---- the way back -----------------------------------------------------------------

/// Before an apply of module `application`: what there is to come back to.
void transaction::note_application(const effect& of) {
  if (of.call.module != "application" || of.call.args.empty() ||
      !of.call.args.front().is_string()) {
    return;
  }
  const auto name = std::string_view(of.call.args.front().get_string());
  application_before before;
  for (const auto& one : node_.applications().all()) {
    if (one.name != name)
      continue;
    before.was_loaded = true;
    before.was_running = one.is_running;
    before.type = one.type;
  }
  for (auto& about : node_.applications().snapshot()) {
    if (about.about.name == name)
      before.about = std::move(about.about);
  }
  application_before_[&of] = std::move(before);
}

result<> transaction::take_back_effect(const effect& of,
                                       const done_step& done) {
  switch (of.what) {
    case effect::kind::apply:
      return take_back_apply(of);
    case effect::kind::stop:
      for (const auto& one : done.children)
        INSTAR_TRY(start_child(one));
      break;
    case effect::kind::start:
      for (const auto& one : done.children)
        INSTAR_TRY(stop_child(one));
      break;
  }
  return {};
}

result<> transaction::take_back_apply(const effect& of) {
  if (!of.undo)
    return {};
  const auto before = application_before_.find(&of);
  if (of.undo->module != "application" || before == application_before_.end())
    return run_apply(*of.undo);
  // As it was, which the inverse alone does not tell: the start type, the
  // manifest of an application that the new release does not have.
  const auto& was = before->second;
  const auto name = std::string(of.call.args.front().get_string());
  auto& applications = node_.applications();
  bool is_loaded = false;
  bool is_running = false;
  for (const auto& one : applications.all()) {
    if (one.name != name)
      continue;
    is_loaded = true;
    is_running = one.is_running;
  }
  if (is_running && !was.was_running)
    INSTAR_TRY(applications.stop(name));
  if (is_loaded && !was.was_loaded) {
    INSTAR_TRY(applications.unload(name));
    unload_included(name);
  }
  if (!is_loaded && was.was_loaded)
    INSTAR_TRY(applications.load(was.about));
  if (!is_running && was.was_running)
    INSTAR_TRY(applications.start(name, was.type));
  return {};
}

// ---- the environment --------------------------------------------------------------

/// config_change of each running application whose environment is another one.
result<> transaction::tell_applications() {
  auto& applications = node_.applications();
  applications_told_of_ = applications.snapshot();
  for (const auto& change : applications.env_changes(applications_before_)) {
    emit_phase("config_change");
    if (auto told = applications.config_change(change); !told)
      return failure(errc::effect_failed, told.error().message());
    told_.push_back(change.application);
  }
  return {};
}

/// Those that were told are told that it is as before.
result<> transaction::tell_back() {
  auto& applications = node_.applications();
  for (const auto& change : applications.env_changes(applications_told_of_)) {
    if (std::find(told_.begin(), told_.end(), change.application) ==
        told_.end()) {
      continue;
    }
    if (auto told = applications.config_change(change); !told)
      return failure(errc::effect_failed, told.error().message());
  }
  return {};
}

// ---- children -----------------------------------------------------------------------

result<> transaction::stop_children(const std::vector<std::string>& modules,
                                    std::vector<stopped_child>& stopped) {
  INSTAR_TRY_ASSIGN(const auto children, children_of(node_, modules));
  for (const auto& one : children) {
    stopped_child stopping{one.supervisor, one.about.id, one.about.modules};
    INSTAR_TRY(stop_child(stopping));
    stopped.push_back(std::move(stopping));
  }
  return {};
}

result<> transaction::stop_child(const stopped_child& one) {
  INSTAR_TRY_ASSIGN(
      const auto reply,
      node_.call<child_reply>(one.supervisor, terminate_child{one.id, {}},
                              effect_patience));
  if (!reply.error.empty()) {
    return failure(errc::effect_failed,
                   fmt::format("stop {}: {}", one.id, reply.error));
  }
  return {};
}

result<> transaction::start_child(const stopped_child& one) {
  INSTAR_TRY_ASSIGN(const auto reply, node_.call<child_reply>(
                                          one.supervisor, restart_child{one.id},
                                          effect_patience));
  if (!reply.error.empty() && reply.error != "running") {
    return failure(errc::effect_failed,
                   fmt::format("start {}: {}{}{}", one.id, reply.error,
                               reply.detail.empty() ? "" : ": ", reply.detail));
  }
  return {};
}

}  // namespace instar::release_handler
