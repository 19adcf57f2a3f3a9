#include "tests/support/probe.hpp"

#include <deque>
#include <mutex>
#include <stdexcept>

namespace instar::test {
namespace {

/// Never freed, so that a reference stays good. Any thread.
template <class Function>
class function_table {
public:
  std::uint64_t add(Function made) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(made));
    return all_.size() - 1;
  }
  const Function& at(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    return all_.at(number);
  }

private:
  std::mutex mutex_;
  std::deque<Function> all_;
};

function_table<plain_function>& plain_functions() {
  static function_table<plain_function> all;
  return all;
}
function_table<task_function>& task_functions() {
  static function_table<task_function> all;
  return all;
}

void call_plain(probe_state& s, const run_plain& m, const from& f) {
  plain_functions().at(m.function)(s, f);
}

}  // namespace

constinit const module_descriptor probe_module =
    instar::detail::make_descriptor<probe>("probe", "1.0.0", false);

std::uint64_t add_function(plain_function function) {
  return plain_functions().add(std::move(function));
}
std::uint64_t add_function(task_function function) {
  return task_functions().add(std::move(function));
}

const plain_function& plain_of(std::uint64_t function) {
  return plain_functions().at(function);
}
const task_function& task_of(std::uint64_t function) {
  return task_functions().at(function);
}

std::vector<std::string>& terminations() {
  static std::vector<std::string> all;
  return all;
}
std::string& terminate_throws() {
  static std::string text;
  return text;
}

probe_state probe::init(const value& args) {
  probe_state made;
  if (const auto* object = args.if_object()) {
    if (const auto* fail = object->if_contains("fail"))
      throw std::runtime_error(std::string(fail->as_string()));
    if (const auto* run = object->if_contains("run")) {
      plain_functions().at(run->to_number<std::uint64_t>())(made, {});
    }
  }
  return made;
}
std::string probe::handle_call(probe_state& s, const ask& m, const from&) {
  s.heard.push_back("call " + m.text);
  return "got " + m.text;
}
void probe::handle_call(probe_state& s, const run_plain& m, const from& f) {
  call_plain(s, m, f);
}
task<std::string> probe::handle_call(probe_state& s, const run_task& m,
                                     const from&) {
  co_return co_await task_functions().at(m.function)(s);
}
void probe::handle_cast(probe_state& s, const say& m) {
  s.heard.push_back("cast " + m.text);
}
void probe::handle_cast(probe_state& s, const run_plain& m) {
  call_plain(s, m, {});
}
task<> probe::handle_cast(probe_state& s, const run_task& m) {
  co_await task_functions().at(m.function)(s);
}
void probe::handle_info(probe_state& s, const say& m) {
  s.heard.push_back("info " + m.text);
}
void probe::handle_info(probe_state& s, const run_plain& m) {
  call_plain(s, m, {});
}
void probe::handle_info(probe_state& s, const exit_message& m) {
  s.heard.push_back("exit " + to_string(m.from) + " " + m.reason.text());
}
void probe::handle_info(probe_state& s, const down_message& m) {
  s.heard.push_back("down " + to_string(m.process) + " " + m.reason.text());
}
void probe::handle_info(probe_state& s, const timeout_message&) {
  s.heard.push_back("timeout");
}
void probe::handle_continue(probe_state& s, const go_on& m) {
  s.heard.push_back("continue " + m.text);
}
void probe::terminate(probe_state&, const exit_reason& why) {
  {
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    terminations().push_back(to_string(self()) + " " + why.text());
  }
  if (!terminate_throws().empty())
    throw std::runtime_error(terminate_throws());
}

}  // namespace instar::test
