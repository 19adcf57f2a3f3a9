// Members that cannot be copied: they are moved when a process takes its new state
// over, and not before.
#include "tests/support/bank.hpp"

#include <memory>

namespace instar::test {
namespace {

namespace instar_v_vault_1 {
struct vault {
  std::unique_ptr<std::int64_t> gold;
  std::int64_t visits = 0;
};
BOOST_DESCRIBE_STRUCT(vault, (), (gold, visits))
}  // namespace instar_v_vault_1
namespace instar_v_vault_2 {
struct vault {
  std::int64_t visits = 0;
  std::unique_ptr<std::int64_t> gold;
  bool guarded = false;
};
BOOST_DESCRIBE_STRUCT(vault, (), (visits, gold, guarded))
}  // namespace instar_v_vault_2

struct visit {
  using reply = std::int64_t;
};
BOOST_DESCRIBE_STRUCT(visit, (), ())

template <class Vault>
struct vault_handlers : gen_server<Vault> {
  static Vault init(const value&) {
    Vault made;
    made.gold = std::make_unique<std::int64_t>(100);
    return made;
  }
  static std::int64_t handle_call(Vault& s, const visit&, const from&) {
    ++s.visits;
    return s.gold == nullptr ? -1 : *s.gold;
  }
};
struct vault_1 : vault_handlers<instar_v_vault_1::vault> {};
struct vault_2 : vault_handlers<instar_v_vault_2::vault> {
  static instar_v_vault_2::vault code_change(const instar_v_vault_1::vault& old,
                                             const change&) {
    instar_v_vault_2::vault made;
    made.visits = old.visits;
    made.guarded = true;
    return made;
  }
  static void adopt(instar_v_vault_1::vault&& old,
                    instar_v_vault_2::vault& now) noexcept {
    now.gold = std::move(old.gold);
  }
  static instar_v_vault_1::vault code_change_down(
      const instar_v_vault_2::vault& now, const change&) {
    instar_v_vault_1::vault made;
    made.visits = now.visits;
    return made;
  }
  static void adopt_down(instar_v_vault_2::vault&& now,
                         instar_v_vault_1::vault& older) noexcept {
    older.gold = std::move(now.gold);
  }
};

constinit const module_descriptor vault_1_module =
    instar::detail::make_descriptor<vault_1>("vault", "1.0", false);
constinit const module_descriptor vault_2_module =
    instar::detail::make_descriptor<vault_2>("vault", "2.0", false);

module_upgrade to(instance* next, direction way) {
  module_upgrade made;
  made.module = "vault";
  made.next = next;
  made.is_suspended = true;
  made.is_converted = true;
  made.way = way;
  return made;
}

}  // namespace

TEST_SUITE("runtime/adopt") {
  TEST_CASE("what cannot be copied goes up and down by being moved") {
    for_seeds(20, [](std::uint64_t seed) {
      test_node t(seed);
      auto* first = t.load(vault_1_module);
      const auto p = t.start("vault");
      CHECK(t.node.call<std::int64_t>(p, visit{}).value() == 100);
      auto second = t.node.code().add_builtin(vault_2_module);
      REQUIRE(second);
      upgrade up(t.node, {to(*second, direction::up)}, {});
      REQUIRE(bank::run_upgrade(up));
      CHECK(t.node.call<std::int64_t>(p, visit{}).value() == 100);
      CHECK(sys::get_state(t.node, p).value() ==
            value{{"visits", 2}, {"gold", 100}, {"guarded", true}});
      upgrade down(t.node, {to(first, direction::down)}, {});
      REQUIRE(bank::run_upgrade(down));
      CHECK(t.node.call<std::int64_t>(p, visit{}).value() == 100);
      CHECK(sys::get_state(t.node, p).value() ==
            value{{"gold", 100}, {"visits", 3}});
    });
  }

  TEST_CASE("an upgrade that is undone has moved nothing") {
    test_node t;
    t.load(vault_1_module);
    const auto p = t.start("vault");
    auto second = t.node.code().add_builtin(vault_2_module);
    REQUIRE(second);
    {
      upgrade batch(t.node, {to(*second, direction::up)}, {});
      REQUIRE(batch.check());
      REQUIRE(batch.prepare());
      batch.undo();
    }
    t.sched.run_until_idle();
    CHECK(t.node.call<std::int64_t>(p, visit{}).value() == 100);
    CHECK(t.node.code().current("vault")->vsn == "1.0");
  }
}

}  // namespace instar::test
