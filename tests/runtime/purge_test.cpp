// Old code goes when nothing uses it, or takes its processes along.
#include "tests/support/bank.hpp"

namespace instar::test::bank {
namespace {

// An item that counts as a use of that code.
message_ptr made_by(instance* code, message_kind kind) {
  auto* raw =
      instar::detail::allocate_message(&key_of<item>(), type_of<item>(), code);
  ::new (raw->payload()) item{0, 1};
  raw->kind = kind;
  return message_ptr(raw);
}

}  // namespace

TEST_SUITE("runtime/purge_test") {
  TEST_CASE("old code is purged when nothing uses it and names who does") {
    branch t;
    const auto a = t.open_account();
    auto* second = t.add(version_2);
    // Made current without an upgrade: the process stays in old code.
    t.node.code().commit({{second}, {}});
    const auto refused = t.node.code().soft_purge("bank");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::old_processes);
    CHECK(refused.error().context ==
          "bank 1.0.0 is still used by " + to_string(a) + " (its state)");
    CHECK(t.is_alive(a));
    {
      const auto pin = instance_pin(t.first);
      t.exit(a, exit_reason::kill());
      const auto pinned = t.node.code().soft_purge("bank");
      REQUIRE_FALSE(pinned);
      CHECK(pinned.error().context ==
            "bank 1.0.0 is still used by 1 outside of processes");
    }
    CHECK(t.node.code().soft_purge("bank"));
    CHECK(t.node.code().old("bank") == nullptr);
  }

  TEST_CASE("a message of the old code's making keeps it") {
    branch t;
    const auto a = t.open_account();
    REQUIRE(sys::suspend(t.node, a));
    t.node.deliver(a, made_by(t.first, message_kind::cast));
    upgrade batch(t.node, {change_to(t.add(version_2))}, {});
    REQUIRE(run_upgrade(batch));
    const auto kept = t.node.code().soft_purge("bank");
    REQUIRE_FALSE(kept);
    CHECK(kept.error().context == "bank 1.0.0 is still used by " +
                                      to_string(a) +
                                      " (1 message (instar.test.bank.item))");
    CHECK(check_process_code(t.node, a, "bank"));
    REQUIRE(sys::resume(t.node, a));
    t.sched.run_until_idle();
    CHECK(t.count_of(a) == 1);
    CHECK(t.node.code().soft_purge("bank"));
  }

  TEST_CASE("a timer of old code's making is named with its receiver") {
    branch t;
    const auto a = t.open_account();
    t.node.timer_table().send(a, made_by(t.first, message_kind::info),
                              t.sched.now() + 10s);
    upgrade batch(t.node, {change_to(t.add(version_2))}, {});
    REQUIRE(run_upgrade(batch));
    const auto kept = t.node.code().soft_purge("bank");
    REQUIRE_FALSE(kept);
    CHECK(kept.error().context == "bank 1.0.0 is still used by " +
                                      to_string(a) + " (a timer's message)");
  }

  TEST_CASE("a count that is wrong is found before code is unmapped") {
    branch t;
    const auto a = t.open_account();
    REQUIRE(sys::suspend(t.node, a));
    t.node.deliver(a, made_by(t.first, message_kind::cast));
    upgrade batch(t.node, {change_to(t.add(version_2))}, {});
    REQUIRE(run_upgrade(batch));
    t.first->uses.add(-1);  // the mistake
    const auto found = t.node.code().soft_purge("bank");
    REQUIRE_FALSE(found);
    CHECK(found.error().context ==
          "bank 1.0.0 counts as unused, but is used by " + to_string(a) +
              " (1 message (instar.test.bank.item))");
    t.first->uses.add(1);
  }

  TEST_CASE("a process of current code runs no old code") {
    branch t;
    const auto a = t.open_account();
    CHECK_FALSE(check_process_code(t.node, a, "bank"));
    t.node.code().commit({{t.add(version_2)}, {}});
    CHECK(check_process_code(t.node, a, "bank"));
    CHECK_FALSE(check_process_code(t.node, a, "nothing"));
    CHECK_FALSE(check_process_code(t.node, {}, "bank"));
  }

  TEST_CASE("a purge ends the processes in old code and no others") {
    for_seeds(30, [](std::uint64_t seed) {
      branch t(seed);
      const auto old_one = t.open_account();
      t.node.code().commit({{t.add(version_2)}, {}});
      const auto new_one = t.open_account();
      CHECK(t.node.code().purge("bank"));
      CHECK_FALSE(t.is_alive(old_one));
      CHECK(t.is_alive(new_one));
      CHECK(t.sched.missed_notifies() == 0);
    });
  }
}

}  // namespace instar::test::bank
