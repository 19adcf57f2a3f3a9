#include "runtime/sys_debug.hpp"

#include "module/type_name.hpp"
#include "runtime/behaviour.hpp"
#include "runtime/instance.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"

#include <optional>
#include <utility>

namespace instar {
namespace {

using debug_function = result<value>(const value&);

std::string label_of(const process& self) {
  return self.name().empty() ? to_string(self.self()) : self.name();
}

/// Null where the module has none of this name, or one of another signature.
debug_function* find_function(const instance& code, std::string_view name) {
  const auto& about = code.descriptor;
  for (std::uint32_t i = 0; i < about.function_count; ++i) {
    if (name == about.functions[i].name &&
        std::string_view(detail::type_name<debug_function>::text) ==
            about.functions[i].signature) {
      return reinterpret_cast<debug_function*>(about.addresses()[i]);
    }
  }
  return nullptr;
}

/// What a function makes of an event; null where it fails, whatever way.
std::optional<value> call_function(process& self, const std::string& module,
                                   const std::string& name,
                                   const value& arguments) {
  const auto pin = self.node().code().pin_current(module);
  auto* function =
      pin.get() == nullptr ? nullptr : find_function(*pin.get(), name);
  if (function == nullptr)
    return std::nullopt;
  // Within a handler its scope stands already.
  std::optional<callback_scope> here;
  if (!self.is_in_callback())
    here.emplace(self, self.handled());
  try {
    auto answer = function(arguments);
    if (!answer)
      return std::nullopt;
    return std::move(*answer);
  } catch (...) {
    return std::nullopt;
  }
}

}  // namespace

void sys_debug::follow(std::uint64_t id, event_sink_function sink) {
  followers_[id] = std::move(sink);
}

void sys_debug::handle(process& self, const system_event& event) {
  // What a debug function does is no event.
  if (is_handling_)
    return;
  if (statistics_) {
    statistics_->in += event.kind == system_event_kind::in;
    statistics_->out += event.kind == system_event_kind::out;
  }
  const bool is_printed = traces_ || !file_.empty();
  if (!is_printed && log_length_ == 0 && functions_.empty() &&
      followers_.empty()) {
    return;
  }
  auto written = to_value(event);
  if (is_printed) {
    const auto line = event_line(label_of(self), written);
    if (traces_)
      self.node().log(log_level::info, line);
    if (!file_.empty())
      (void)self.node().files().append(file_, line + '\n');
  }
  for (const auto& [id, sink] : followers_)
    sink(written);
  if (!functions_.empty()) {
    is_handling_ = true;
    call_functions(self, written);
    is_handling_ = false;
  }
  if (log_length_ == 0)
    return;
  log_.push_back(std::move(written));
  if (log_.size() > log_length_)
    log_.pop_front();
}

void sys_debug::call_functions(process& self, const value& event) {
  auto state = self.loop().state(self);
  const auto process_state = state ? std::move(*state) : value();
  for (auto one = functions_.begin(); one != functions_.end();) {
    auto next =
        call_function(self, one->module, one->function,
                      boost::json::array{one->state, event, process_state});
    if (!next || *next == "done") {
      one = functions_.erase(one);
    } else {
      one->state = std::move(*next);
      ++one;
    }
    // Killed in there: others have been told that it ended.
    if (self.is_zombie())
      return;
  }
}

value sys_debug::log() const {
  return boost::json::array(log_.begin(), log_.end());
}

void sys_debug::print_log(const process& self) const {
  for (const auto& event : log_)
    self.node().log(log_level::info, event_line(label_of(self), event));
}

value sys_debug::status() const {
  boost::json::object made;
  if (statistics_)
    made["statistics"] = true;
  if (traces_)
    made["trace"] = true;
  if (log_length_ > 0)
    made["log"] = log_length_;
  if (!file_.empty())
    made["log_to_file"] = file_.string();
  if (!followers_.empty())
    made["followers"] = followers_.size();
  if (!functions_.empty()) {
    auto& rows = made["functions"].emplace_array();
    for (const auto& one : functions_) {
      rows.push_back(
          boost::json::object{{"id", one.id.empty() ? value() : value(one.id)},
                              {"module", one.module},
                              {"function", one.function}});
    }
  }
  return made;
}

bool sys_debug::is_empty() const {
  return !statistics_ && !traces_ && log_length_ == 0 && file_.empty() &&
         functions_.empty() && followers_.empty();
}

// ---- for processes

namespace sys {

void handle_debug(process& self, const system_event& event) {
  auto* debug = self.debug();
  if (debug == nullptr)
    return;
  debug->handle(self, event);
  self.drop_empty_debug();  // its last function has been removed
}

value get_log(process& self) {
  const auto* debug = self.debug();
  return debug == nullptr ? value(boost::json::array()) : debug->log();
}

void print_log(process& self) {
  if (const auto* debug = self.debug())
    debug->print_log(self);
}

result<value> debug_command(process& self, const value& asked) {
  auto answer = self.make_debug().command(self, asked);
  self.drop_empty_debug();
  return answer;
}

void set_debug_options(process& self, const value& options) {
  const auto* list = options.if_array();
  if (list == nullptr)
    return;
  for (const auto& one : *list)
    (void)debug_command(self, one);
}

}  // namespace sys
}  // namespace instar
