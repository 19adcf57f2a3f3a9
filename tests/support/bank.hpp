// A module in several versions, to be upgraded: accounts that count what they
// handle, and write down which version handled which message.
//
//   1.0.0   account {count, fails}
//   2.0.0   account {note, count, by}; converts from and to 1.0.0
//   2.0.1   the layout of 2.0.0, other code
//   3.0.0   account {total}; converts from nothing
#pragma once

#include "runtime/module.hpp"
#include "runtime/upgrade.hpp"
#include "tests/support/test_node.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace instar::test::bank {

/// As call, cast and info: counted. The call replies with the version.
struct item {
  std::uint32_t sender = 0;
  std::uint32_t number = 0;
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(item, (), (sender, number))

/// A call that is passed on to the first of `path`, with the rest of it, and
/// replies with the versions that were on the way.
struct token {
  std::vector<pid> path;
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(token, (), (path))

/// A cast: conversions of this account fail from now on.
struct poison {
  bool fails = true;
};
BOOST_DESCRIBE_STRUCT(poison, (), (fails))

/// A cast: a `test` coroutine (see probe.hpp) is run by the account.
struct run_in_account {
  std::uint64_t function = 0;
};
BOOST_DESCRIBE_STRUCT(run_in_account, (), (function))

namespace instar_v_bank_1 {
struct account {
  std::int64_t count = 0;
  bool fails = false;
};
BOOST_DESCRIBE_STRUCT(account, (), (count, fails))
}  // namespace instar_v_bank_1

namespace instar_v_bank_2 {
struct account {
  std::string note;
  std::int64_t count = 0;
  std::int64_t by = 0;
};
BOOST_DESCRIBE_STRUCT(account, (), (note, count, by))
}  // namespace instar_v_bank_2

namespace instar_v_bank_3 {
struct account {
  std::int64_t total = 0;
};
BOOST_DESCRIBE_STRUCT(account, (), (total))
}  // namespace instar_v_bank_3

extern const module_descriptor version_1;    // "1.0.0"
extern const module_descriptor version_2;    // "2.0.0"
extern const module_descriptor version_2_1;  // "2.0.1"
extern const module_descriptor version_3;    // "3.0.0"
/// Not in any batch: passes tokens on.
extern const module_descriptor relay;

/// What one account handled, in order.
struct handled {
  std::string vsn;
  char kind = ' ';  // l(call), s (cast), i(nfo), t(oken)
  std::uint32_t sender = 0;
  std::uint32_t number = 0;
};
std::map<pid, std::vector<handled>>& ledger();
/// Conversions with the extra `{holds: true}` do not return meanwhile.
std::atomic<bool>& holds_conversions();
/// "1.0.0 s1 2.0.0 s2 ...": kinds and numbers.
std::string history(pid account);

/// A node with the bank's first version loaded.
class branch : public test_node {
public:
  explicit branch(std::optional<std::uint64_t> seed = {});

  instance* first = nullptr;
  /// Adds a version without making it current.
  instance* add(const module_descriptor& version);
  pid open_account(const std::string& name = {}) {
    return start("bank", {}, name);
  }
  std::string version_of(pid account);
  std::int64_t count_of(pid account);
  /// Runs a coroutine in an account, until everybody is idle.
  void run_in(pid account, task_function function);
};

/// What an `advanced` update of the bank to `next` asks for.
module_upgrade change_to(instance* next, direction way = direction::up);
/// check, prepare, commit, adopt.
result<> run_upgrade(upgrade& batch);

}  // namespace instar::test::bank
