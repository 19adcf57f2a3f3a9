// A supervisor whose specification the test gives, and its children: probes that
// write down when they start and end.
#pragma once

#include "runtime/supervisor.hpp"
#include "runtime/supervisor_table.hpp"
#include "tests/support/test_node.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace instar::test {

struct test_supervisor : supervisor {
  /// args {"spec": N}: the specification that add_spec gave this number;
  /// {"fail": TEXT}: init throws it.
  static supervisor_spec init(const value& args);
};
extern const module_descriptor test_supervisor_module;

/// Keeps a specification for as long as the program runs; gives the args that
/// name it.
value add_spec(supervisor_spec spec);
supervisor_spec& spec_of(const value& args);

/// A node with the supervisor's module, and what happened in it.
class family : public test_node {
public:
  explicit family(std::optional<std::uint64_t> seed = {});

  /// A child that notes its starts, registered as `id`.
  child_spec child(const std::string& id,
                   restart_type restart = restart_type::permanent);
  pid start_supervisor(supervisor_spec spec, const std::string& name = {});
  /// Starts and ends since forget_events(): "+a", "-a shutdown". A process
  /// that was killed says nothing.
  std::vector<std::string> events();
  void forget_events() { (void)events(), events_.clear(); }
  /// Ends the child of this name by an exception in a handler.
  void crash(const std::string& id);
  child_reply ask_supervisor(pid supervisor, auto request) {
    auto answer = node.call<child_reply>(supervisor, std::move(request));
    REQUIRE(answer);
    return *answer;
  }
  std::vector<child_info> children(pid supervisor);

  /// The children of these ids fail in init from now on.
  std::map<std::string, int> fail_starts;

private:
  std::vector<std::string> events_;
  std::map<std::string, std::string> names_;  // by pid
  std::size_t seen_terminations_ = 0;
};

}  // namespace instar::test
