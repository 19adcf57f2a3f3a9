// A special process in several versions: it adds up what it is sent.
//
//   1.0.0   tally {total, version}
//   2.0.0   tally {label, sum}; converts from and to 1.0.0
//   2.1.0   the layout of 2.0.0, other code
#pragma once

#include "runtime/module.hpp"
#include "runtime/upgrade.hpp"
#include "tests/support/test_node.hpp"

#include <string>
#include <vector>

namespace instar::test::tallies {

/// As call, cast and info: added. A call replies with the version and the sum.
struct add {
  std::int64_t amount = 0;
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(add, (), (amount))
/// Nobody takes it but `only`.
struct later {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(later, (), (text))
/// A cast: a coroutine of the test (probe.hpp) runs within the loop.
struct run {
  std::uint64_t function = 0;
};
BOOST_DESCRIBE_STRUCT(run, (), (function))
/// A cast: the loop goes to the current version of its module.
struct code_switch {};
BOOST_DESCRIBE_STRUCT(code_switch, (), ())
/// A cast: the loop starts anew in its own code.
struct again {};
BOOST_DESCRIBE_STRUCT(again, (), ())
/// A cast: the loop ends the process so.
struct end {
  exit_reason why;
};
BOOST_DESCRIBE_STRUCT(end, (), (why))
/// A cast: the loop goes on as a gen_server of that module.
struct become {
  std::string module;
};
BOOST_DESCRIBE_STRUCT(become, (), (module))

namespace instar_v_tally_1 {
struct tally {
  std::int64_t total = 0;
  /// `start`, `continue`, `VSN AMOUNT`, what was received else.
  std::vector<std::string> heard;
};
BOOST_DESCRIBE_STRUCT(tally, (), (total, heard))
}  // namespace instar_v_tally_1
namespace instar_v_tally_2 {
struct tally {
  std::string label;
  std::int64_t sum = 0;
  std::vector<std::string> heard;
};
BOOST_DESCRIBE_STRUCT(tally, (), (label, sum, heard))
}  // namespace instar_v_tally_2

extern const module_descriptor version_1;
extern const module_descriptor version_2;
extern const module_descriptor version_2_1;
/// As 1.0.0, but its receive takes no system messages until a code_switch.
extern const module_descriptor deaf;
/// A gen_server with the state of 1.0.0.
extern const module_descriptor desk;

/// What system_terminate said.
std::vector<std::string>& ends();

/// A node with 1.0.0 of the module `tally` and the others loaded.
class office : public test_node {
public:
  explicit office(std::optional<std::uint64_t> seed = {});

  instance* first = nullptr;
  instance* add_version(const module_descriptor& version);
  pid start_tally(const std::string& name = {}) {
    return start("tally", {}, name);
  }
  /// Everything that it has heard, with commas between.
  std::string heard_by(pid process);
  std::string ask(const target& to, std::int64_t amount);
};

module_upgrade update_to(instance* next, direction way = direction::up);
module_upgrade load_of(instance* next);
result<> run_batch(upgrade& batch);

}  // namespace instar::test::tallies
