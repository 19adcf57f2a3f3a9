// What switches debugging on and off: sys_debug::command.
#include "runtime/errors.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/sys_debug.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace instar {
namespace {

failure unknown_debug() {
  return failure(errc::unknown_debug);
}

std::string text_of(const value& from, std::string_view key) {
  const auto* object = from.if_object();
  const auto* found = object == nullptr ? nullptr : object->if_contains(key);
  return found == nullptr || !found->is_string()
             ? std::string()
             : std::string(found->get_string());
}

std::string date_text(std::chrono::system_clock::time_point at) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(at)));
}

}  // namespace

result<value> sys_debug::command(process& self, const value& asked) {
  std::string_view name;
  value argument(true);
  if (const auto* text = asked.if_string()) {
    name = *text;
  } else if (const auto* object = asked.if_object();
             object != nullptr && object->size() == 1) {
    name = object->begin()->key();
    argument = object->begin()->value();
  }
  if (name == "statistics")
    return on_statistics(self, argument);
  if (name == "trace" && argument.is_bool()) {
    traces_ = argument.get_bool();
    return value("ok");
  }
  if (name == "log")
    return on_log(self, argument);
  if (name == "log_to_file")
    return on_log_to_file(self, argument);
  if (name == "install")
    return on_install(argument);
  if (name == "remove")
    return on_remove(argument);
  if (name == "no_debug") {
    *this = {};
    return value("ok");
  }
  return unknown_debug();
}

result<value> sys_debug::on_statistics(process& self, const value& argument) {
  const auto now = self.node().sched().date();
  if (argument == "get") {
    if (!statistics_)
      return value("no_statistics");
    return value(
        boost::json::object{{"start_time", date_text(statistics_->start)},
                            {"current_time", date_text(now)},
                            {"messages_in", statistics_->in},
                            {"messages_out", statistics_->out}});
  }
  if (!argument.is_bool())
    return unknown_debug();
  if (!argument.get_bool()) {
    statistics_.reset();
  } else if (!statistics_) {
    statistics_ = statistics{now};
  }
  return value("ok");
}

result<value> sys_debug::on_log(process& self, const value& argument) {
  if (argument == "get")
    return log();
  if (argument == "print") {
    print_log(self);
    return value("ok");
  }
  if (argument == false) {
    log_length_ = 0;
    log_.clear();
    return value("ok");
  }
  const bool has_length =
      argument.is_int64() && argument.get_int64() > 0 &&
      argument.get_int64() <= static_cast<std::int64_t>(log_length_limit);
  if (argument != true && !has_length)
    return unknown_debug();
  // As OTP's: a log that is on keeps its length.
  if (log_length_ == 0) {
    log_length_ = has_length ? static_cast<std::size_t>(argument.get_int64())
                             : default_log_length;
  }
  return value("ok");
}

result<value> sys_debug::on_log_to_file(process& self, const value& argument) {
  if (argument != false && !argument.is_string())
    return unknown_debug();
  file_.clear();
  if (argument == false)
    return value("ok");
  const path wanted{std::string(argument.get_string())};
  if (auto opened = self.node().files().append(wanted, {}); !opened) {
    return failure(errc::open_file, opened.error().message());
  }
  file_ = wanted;
  return value("ok");
}

std::vector<sys_debug::installed>::iterator sys_debug::find(
    const installed& wanted) {
  return std::find_if(
      functions_.begin(), functions_.end(), [&](const installed& one) {
        if (!wanted.id.empty() || !one.id.empty())
          return one.id == wanted.id;
        return one.module == wanted.module && one.function == wanted.function;
      });
}

result<value> sys_debug::on_install(const value& argument) {
  installed made{text_of(argument, "id"),
                 text_of(argument, "module"),
                 text_of(argument, "function"),
                 {}};
  if (made.module.empty() || made.function.empty())
    return unknown_debug();
  if (const auto* state = argument.get_object().if_contains("state"))
    made.state = *state;
  if (find(made) == functions_.end())
    functions_.insert(functions_.begin(), std::move(made));
  return value("ok");
}

result<value> sys_debug::on_remove(const value& argument) {
  const installed wanted{text_of(argument, "id"),
                         text_of(argument, "module"),
                         text_of(argument, "function"),
                         {}};
  const auto found = find(wanted);
  if (found != functions_.end())
    functions_.erase(found);
  return value("ok");
}

}  // namespace instar
