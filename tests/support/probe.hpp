// A gen_server whose handlers run what the test gives them: lambdas, kept in a
// table of the test program (messages may not carry code).
#pragma once

#include "runtime/module.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace instar::test {

struct probe_state {
  std::int64_t number = 0;
  /// What it was told, in order.
  std::vector<std::string> heard;
};
BOOST_DESCRIBE_STRUCT(probe_state, (), (number, heard))

/// As cast and as info: remembered.
struct say {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(say, (), (text))

/// A call that is answered at once: "got TEXT".
struct ask {
  std::string text;
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(ask, (), (text))

/// A message that nobody handles.
struct unknown {
  std::string text;
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(unknown, (), (text))

/// As a cast: runs a function. As a call: runs one whose caller is answered
/// later.
struct run_plain {
  std::uint64_t function = 0;
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(run_plain, (), (function))

/// As a cast and as a call: runs a coroutine; its value is the answer.
struct run_task {
  std::uint64_t function = 0;
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(run_task, (), (function))

/// Handled by handle_continue.
struct go_on {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(go_on, (), (text))

/// Makes a message within a co_await expression: g++ 12 destroys twice a
/// temporary that is written there as `ask{"a"}`.
template <class Message, class... Fields>
Message make(Fields&&... fields) {
  return Message{std::forward<Fields>(fields)...};
}

using plain_function = std::function<void(probe_state&, const from&)>;
using task_function = std::function<task<std::string>(probe_state&)>;

/// Keep a function for as long as the program runs; give its number.
std::uint64_t add_function(plain_function function);
std::uint64_t add_function(task_function function);
const plain_function& plain_of(std::uint64_t function);
const task_function& task_of(std::uint64_t function);

struct probe : gen_server<probe_state> {
  using messages =
      instar::messages<say, ask, run_plain, run_task, go_on, exit_message,
                       down_message, timeout_message>;

  /// args {"run": N}: init runs function N; {"fail": TEXT}: it throws.
  static probe_state init(const value& args);
  static std::string handle_call(probe_state& s, const ask& m, const from&);
  static void handle_call(probe_state& s, const run_plain& m, const from& f);
  static task<std::string> handle_call(probe_state& s, const run_task& m,
                                       const from&);
  static void handle_cast(probe_state& s, const say& m);
  static void handle_cast(probe_state& s, const run_plain& m);
  static task<> handle_cast(probe_state& s, const run_task& m);
  static void handle_info(probe_state& s, const say& m);
  static void handle_info(probe_state& s, const run_plain& m);
  static void handle_info(probe_state& s, const exit_message& m);
  static void handle_info(probe_state& s, const down_message& m);
  static void handle_info(probe_state& s, const timeout_message& m);
  static void handle_continue(probe_state& s, const go_on& m);
  static void terminate(probe_state& s, const exit_reason& why);
};

extern const module_descriptor probe_module;

/// What every probe's terminate said, in order: "PID REASON".
std::vector<std::string>& terminations();
/// Where set, terminate throws this.
std::string& terminate_throws();

}  // namespace instar::test
