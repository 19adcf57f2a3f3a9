#include "runtime/runtime.hpp"

#include "module/type_walk.hpp"
#include "runtime/application_controller.hpp"
#include "runtime/behaviours.hpp"
#include "runtime/event_manager.hpp"
#include "runtime/external_calls.hpp"
#include "runtime/refuse.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/socket_server.hpp"
#include "runtime/sys.hpp"
#include "runtime/sys_debug.hpp"
#include "runtime/typed_state.hpp"

#include <fmt/format.h>

namespace instar {

runtime::runtime(scheduler& sched, file_system& files, runtime_options options)
    : sched_(sched),
      files_(files),
      options_(std::move(options)),
      code_(std::make_unique<code_server>(*this, options_.spool,
                                          options_.scans_before_unload)),
      gates_(*this),
      timers_(*this),
      zombies_(*this, options_.kill_patience),
      external_(std::make_unique<external_calls>(sched)),
      applications_(std::make_unique<application_controller>(*this)) {
  sched_.on_timer = [this] { timers_.expire(); };
}

runtime::~runtime() {
  stop();
  sched_.on_timer = nullptr;
}

void runtime::stop() {
  applications_->stop_all();
  for (const auto& process : table_.all()) {
    send_exit({}, process, exit_reason::kill());
  }
  const auto patience = sched_.now() + std::chrono::seconds(10);
  sched_.wait([&] { return table_.alive() == 0; }, patience);
  timers_.clear();
}

void runtime::log(log_level level, std::string_view text) const {
  if (options_.log)
    options_.log(level, text);
}

// ---- processes
// ------------------------------------------------------------------

result<pid> runtime::spawn(spawn_options options) {
  const auto* loop = options.loop;
  if (loop == nullptr && options.start.module == event_manager)
    loop = &gen_event_loop();
  if (loop == nullptr) {
    INSTAR_TRY_ASSIGN(const auto pin, code_->use(options.start.module));
    const auto* code = pin.get();
    loop = behaviour_of(code->descriptor.kind);
    if (loop == nullptr) {
      return failure(errc::badarg,
                     fmt::format("module {} is neither a server, a supervisor "
                                 "nor a special process",
                                 options.start.module));
    }
  }
  auto* made = table_.allocate();
  if (made == nullptr) {
    return failure(errc::badarg, "the process table is full");
  }
  const auto me = made->self();
  if (!options.name.empty()) {
    if (!names_.add(options.name, me)) {
      table_.free(*made);
      return failure(errc::already_started,
                     fmt::format("{} is registered by {}", options.name,
                                 to_string(names_.find(options.name))));
    }
    made->set_name(options.name);
  }
  auto modules = options.start.modules;
  // Its own module always concerns it, whatever its child specification says.
  if (!options.start.module.empty())
    modules.push_back(options.start.module);
  // Written once: a sender that is late may read it.
  if (made->runtime_ == nullptr)
    made->runtime_ = this;
  made->behaviour_ = loop;
  made->gate_ = &gates_.of(std::move(modules));
  if (options.start.is_dynamic) {
    const std::lock_guard lock(dynamic_mutex_);
    dynamic_.insert(me);
  }
  made->start_ = std::make_unique<start_info>(std::move(options.start));
  made->parent_ = options.parent;
  made->is_linked_to_parent_ = options.is_linked;

  if (!options.debug.is_null())
    sys::set_debug_options(*made, options.debug);

  auto init = make_message(timeout_message{}, message_kind::init);
  init->sender = options.parent;
  init->tag = options.start_tag;
  init->target_generation = me.generation;
  // The first message of all: nobody can put one before it.
  made->inbox_.store(reinterpret_cast<std::uintptr_t>(init.release()),
                     std::memory_order_release);
  sched_.enqueue(*made);
  return me;
}

bool runtime::deliver(pid to, message_ptr m) {
  if (to == external_pid) {
    external_->complete(std::move(m));
    return true;
  }
  auto* receiver = table_.find(to);
  if (receiver == nullptr || !receiver->is_alive()) {
    refuse(*this, std::move(m), to);
    return false;
  }
  m->target_generation = to.generation;
  return receiver->push(std::move(m));
}

void runtime::send_exit(pid from, pid to, exit_reason reason) {
  const bool is_kill = reason.name == "kill";
  auto signal = make_message(std::move(reason), message_kind::exit);
  signal->sender = from;
  auto* receiver = is_kill ? table_.find_alive(to) : nullptr;
  if (receiver == nullptr) {
    deliver(to, std::move(signal));
    return;
  }
  // One that runs may be inside a callback, and acts on it when that returns.
  signal->target_generation = to.generation;
  bool was_idle = true;
  if (receiver->push(std::move(signal), &was_idle) && !was_idle)
    zombies_.killed(to);
}

std::vector<pid> runtime::dynamic_processes() const {
  const std::lock_guard lock(dynamic_mutex_);
  return {dynamic_.begin(), dynamic_.end()};
}

void runtime::on_exit(const end_notice& notice) {
  if (notice.is_dynamic) {
    const std::lock_guard lock(dynamic_mutex_);
    dynamic_.erase(notice.who);
  }
  const auto& why = notice.why;
  if (!why.is_expected() && why.name != "killed") {
    crashes_.fetch_add(1, std::memory_order_relaxed);
    crash_log_.note({crash_entry::kind::process, notice.who, notice.name,
                     notice.module, why.text(), sched_.now()});
    log(log_level::error,
        fmt::format("process {}{}{} ({}) ended: {}", to_string(notice.who),
                    notice.name.empty() ? "" : " ", notice.name, notice.module,
                    why.text()));
  }
  if (sockets_ != nullptr)
    sockets_->owner_ended(notice.who);
  if (notice.parent == external_pid)
    applications_->top_ended(notice.who, why);
  sched_.notify();
}

void runtime::handler_crashed(crash_entry what) {
  crashes_.fetch_add(1, std::memory_order_relaxed);
  log(log_level::error, "event manager " + to_string(what));
  crash_log_.note(std::move(what));
}

// ---- from outside
// -----------------------------------------------------------------

result<pid> runtime::start(spawn_options options, duration timeout) {
  options.parent = external_pid;
  options.start_tag = next_tag();
  const auto tag = options.start_tag;
  external_->expect(tag);
  INSTAR_TRY_ASSIGN(const auto made, spawn(std::move(options)));
  INSTAR_TRY(external_->wait(tag, timeout));
  return made;
}

result<message_ptr> runtime::call(const target& to, message_ptr m,
                                  duration timeout) {
  const auto receiver = to.find(*this);
  if (!receiver) {
    return failure(errc::noproc, "no process " + to.text());
  }
  m->sender = external_pid;
  m->tag = next_tag();
  const auto tag = m->tag;
  external_->expect(tag);
  deliver(receiver, std::move(m));
  return external_->wait(tag, timeout);
}

result<message_ptr> runtime::json_message(const target& to, const value& m,
                                          message_kind kind, pid& receiver) {
  receiver = to.find(*this);
  if (table_.find_alive(receiver) == nullptr) {
    return failure(errc::noproc, "no process " + to.text());
  }
  const auto* object = m.if_object();
  if (object == nullptr || object->size() != 1) {
    return failure(errc::badarg, "a message is written {\"NAME\": {FIELDS}}");
  }
  INSTAR_TRY_ASSIGN(const auto modules, sys::get_modules(*this, receiver));
  const std::string_view wanted = object->begin()->key();
  std::string takers;
  std::string known;
  // Several of an event manager, whose handlers are asked one after the other.
  for (const auto& module : modules) {
    const auto pin = code_->pin_current(module);
    auto* code = pin.get();
    if (code == nullptr || !has_state(code->descriptor.kind))
      continue;
    takers += (takers.empty() ? "" : ", ") + code->name;
    const bool is_event = code->descriptor.kind == behaviour_kind::gen_event;
    const auto wanted_kind = kind == message_kind::call && !is_event
                                 ? handler_kind::call
                                 : handler_kind::cast;
    const auto rows = handlers_of(code->descriptor);
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      const auto& type = *rows.first[i].message;
      if (rows.first[i].kind != wanted_kind)
        continue;
      const std::string_view full = type.name;
      const auto dot = full.rfind('.');
      const auto last =
          dot == std::string_view::npos ? full : full.substr(dot + 1);
      if (wanted != full && wanted != last) {
        known += (known.empty() ? "" : ", ") + std::string(last);
        continue;
      }
      if (type.default_construct == nullptr) {
        return failure(errc::bad_message,
                       std::string(full) +
                           " cannot be made from JSON: it has "
                           "no default constructor");
      }
      auto* raw = detail::allocate_message(&intern(type), type, code);
      type.default_construct(raw->payload());
      raw->kind = kind;
      message_ptr made(raw);
      INSTAR_TRY(from_value(type, raw->payload(), object->begin()->value()));
      return made;
    }
  }
  if (takers.empty()) {
    return failure(errc::not_supported,
                   to.text() + " is no server of a loaded module");
  }
  return failure(
      errc::bad_message,
      fmt::format("{} takes no {} as a {}; it takes: {}", takers, wanted,
                  kind == message_kind::call ? "call" : "cast",
                  known.empty() ? "none" : known));
}

result<value> runtime::call_json(const target& to, const value& m,
                                 duration timeout) {
  pid receiver;
  INSTAR_TRY_ASSIGN(auto made,
                    json_message(to, m, message_kind::call, receiver));
  INSTAR_TRY_ASSIGN(const auto answer,
                    call(receiver, std::move(made), timeout));
  return to_value(*answer->type, answer->payload());
}

result<> runtime::cast_json(const target& to, const value& m) {
  pid receiver;
  INSTAR_TRY_ASSIGN(auto made,
                    json_message(to, m, message_kind::cast, receiver));
  deliver(receiver, std::move(made));
  return {};
}

}  // namespace instar
