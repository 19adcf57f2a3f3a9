// The requests of a supervisor: ordinary calls, so that any process can make
// them: `co_await instar::call("kv_conn_sup", instar::start_child{...})`. As
// OTP supervisor:start_child/2 and the others.
#pragma once

#include "runtime/child_spec.hpp"
#include "runtime/pid.hpp"

#include <boost/describe/class.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace instar {

/// `error` is empty, or one of OTP's: already_started, already_present,
/// not_found, running, restarting, simple_one_for_one, init_failed.
struct child_reply {
  std::string error;
  std::string detail;
  pid child;
};
BOOST_DESCRIBE_STRUCT(child_reply, (), (error, detail, child))

struct start_child {
  child_spec spec;
  using reply = child_reply;
};
BOOST_DESCRIBE_STRUCT(start_child, (), (spec))

/// simple_one_for_one: one more child, with `args` laid over its
/// specification's.
struct start_dynamic_child {
  value args;
  using reply = child_reply;
};
BOOST_DESCRIBE_STRUCT(start_dynamic_child, (), (args))

/// By id; by pid in a simple_one_for_one.
struct terminate_child {
  std::string id;
  pid child;
  using reply = child_reply;
};
BOOST_DESCRIBE_STRUCT(terminate_child, (), (id, child))

struct restart_child {
  std::string id;
  using reply = child_reply;
};
BOOST_DESCRIBE_STRUCT(restart_child, (), (id))

struct delete_child {
  std::string id;
  using reply = child_reply;
};
BOOST_DESCRIBE_STRUCT(delete_child, (), (id))

struct child_info {
  std::string id;
  pid child;  // null: not running
  bool is_restarting = false;
  child_type type = child_type::worker;
  std::vector<std::string> modules;
  bool dynamic = false;
};
BOOST_DESCRIBE_STRUCT(child_info, (),
                      (id, child, is_restarting, type, modules, dynamic))

struct which_children {
  using reply = std::vector<child_info>;
  bool unused = false;
};
BOOST_DESCRIBE_STRUCT(which_children, (), (unused))

/// By id; by pid too, and in a simple_one_for_one by pid alone. As
/// supervisor:get_childspec/2.
struct get_childspec {
  struct answer {
    std::string error;  // not_found; empty: `spec` has it
    child_spec spec;
  };
  std::string id;
  pid child;
  using reply = answer;
};
BOOST_DESCRIBE_STRUCT(get_childspec::answer, (), (error, spec))
BOOST_DESCRIBE_STRUCT(get_childspec, (), (id, child))

struct child_counts {
  std::uint64_t specs = 0, active = 0, supervisors = 0, workers = 0;
};
BOOST_DESCRIBE_STRUCT(child_counts, (), (specs, active, supervisors, workers))

struct count_children {
  using reply = child_counts;
  bool unused = false;
};
BOOST_DESCRIBE_STRUCT(count_children, (), (unused))

}  // namespace instar
