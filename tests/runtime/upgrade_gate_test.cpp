// Closed gates: who waits there, and who is named.
#include "tests/support/slow_server.hpp"

namespace instar::test::bank {

TEST_SUITE("runtime/upgrade_gate_test") {
  TEST_CASE("a handler that waits at the closing is waited for") {
    for_seeds(100, [](std::uint64_t seed) {
      branch t(seed);
      slow_server slow(t);
      const auto a = t.open_account("a");
      const auto b = t.open_account("b");
      t.run_in(a, [&](probe_state&) -> task<std::string> {
        (void)co_await slow.wait();
        ledger()[self()].push_back({"1.0.0", 'w', 0, 0});
        co_return "";
      });
      upgrade batch(t.node, {change_to(t.add(version_2))}, {});
      REQUIRE(batch.check());
      REQUIRE(batch.prepare());
      slow.answer_after(20ms);
      t.node.cast(a, item{0, 1});
      batch.on_phase = [&](std::string_view phase) {
        if (phase == "suspend") {
          // On its way when the gate closes.
          t.sched.post([&] { t.node.cast(b, item{0, 1}); });
        }
      };
      REQUIRE(batch.commit());
      CHECK(batch.report().attempts == 1);
      CHECK(batch.report().pause == 20ms);
      REQUIRE(batch.adopt(10s));
      t.sched.run_until_idle();
      CHECK(history(a) == "1.0.0 w 2.0.0 s1");
      CHECK(t.count_of(b) == 1);
      CHECK(t.sched.missed_notifies() == 0);
    });
  }

  TEST_CASE(
      "a process that is not quiet in time is named and others are served") {
    for_seeds(20, [](std::uint64_t seed) {
      branch t(seed);
      slow_server slow(t);
      const auto a = t.open_account("the_slow_one");
      const auto b = t.open_account();
      t.run_in(a, [&](probe_state&) -> task<std::string> {
        (void)co_await slow.wait();
        co_return "";
      });
      const auto silence =
          add_function(plain_function([](probe_state&, const from&) {}));
      // A client that asks b for something every few milliseconds.
      int served = 0;
      duration longest{};
      t.task_in(t.start_probe(), [&](probe_state&) -> task<std::string> {
        for (std::uint32_t i = 1; i <= 400; ++i) {
          const auto began = monotonic_time();
          const auto got = co_await call(b, item{0, i}, 1h);
          served += got ? 1 : 0;
          longest = std::max<duration>(longest, monotonic_time() - began);
          (void)co_await call("nobody_is_here", item{0, i}, 1ms);
          (void)co_await call(slow.process(), run_plain{silence}, 7ms);
        }
        co_return "";
      });
      auto wanted = change_to(t.add(version_2));
      wanted.limits.suspend_timeout = 2s;
      upgrade batch(t.node, {wanted}, {});
      REQUIRE(batch.check());
      REQUIRE(batch.prepare());
      const auto began = t.sched.now();
      const auto done = batch.commit();
      REQUIRE_FALSE(done);
      CHECK(done.error().code == errc::not_quiet);
      CHECK(done.error().context == "not quiet within 2000 ms: the_slow_one (" +
                                        to_string(a) + ") waiting for " +
                                        to_string(slow.process()) +
                                        " in a handler of "
                                        "instar.test.bank.run_in_account");
      CHECK(t.sched.now() - began <= 2s + 50ms);
      CHECK(batch.report().attempts > 2);
      CHECK(batch.report().longest_failed_hold <= 50ms);
      CHECK(served > 50);
      CHECK(longest <= 51ms);
      CHECK(t.version_of(b) == "1.0.0");
      CHECK(t.first->change.load() == nullptr);
      CHECK(t.node.table().find_alive(b)->raw_box().prepared_state == nullptr);
    });
  }

  TEST_CASE("a process born while the gates are closed begins in new code") {
    for_seeds(50, [](std::uint64_t seed) {
      branch t(seed);
      slow_server slow(t);
      const auto a = t.open_account();
      t.run_in(a, [&](probe_state&) -> task<std::string> {
        (void)co_await slow.wait();
        co_return "";
      });
      slow.answer_after(10ms);
      upgrade batch(t.node, {change_to(t.add(version_2))}, {});
      const auto spawn =
          add_function(plain_function([&](probe_state&, const from&) {
            spawn_options options;
            options.start.module = "bank";
            options.name = "newborn";
            (void)t.node.spawn(std::move(options));
          }));
      t.in(t.start_probe(),
           [=](probe_state&) { send_after(5ms, self(), run_plain{spawn}); });
      REQUIRE(batch.check());
      REQUIRE(batch.prepare());
      REQUIRE(batch.commit());
      REQUIRE(batch.adopt(10s));
      const auto state = sys::get_state(t.node, t.node.whereis("newborn"));
      REQUIRE(state);
      // Not converted: begun.
      CHECK(state->at("note") == "");
    });
  }

  TEST_CASE("a timer that fires at a closed gate is served by new code") {
    for_seeds(50, [](std::uint64_t seed) {
      branch t(seed);
      slow_server slow(t);
      const auto a = t.open_account();
      const auto b = t.open_account();
      t.run_in(a, [&](probe_state&) -> task<std::string> {
        (void)co_await slow.wait();
        co_return "";
      });
      t.run_in(b, [](probe_state&) -> task<std::string> {
        send_after(10ms, self(), item{0, 1});
        co_return "";
      });
      slow.answer_after(20ms);
      upgrade batch(t.node, {change_to(t.add(version_2))}, {});
      REQUIRE(run_upgrade(batch));
      t.sched.run_until_idle();
      CHECK(history(b) == "2.0.0 i1");
    });
  }

  TEST_CASE("an exit signal waits at the gate and a kill does not") {
    for_seeds(50, [](std::uint64_t seed) {
      branch t(seed);
      slow_server slow(t);
      const auto a = t.open_account();
      const auto b = t.open_account();
      const auto c = t.open_account();
      t.run_in(a, [&](probe_state&) -> task<std::string> {
        (void)co_await slow.wait();
        CHECK(t.node.table().find_alive(b) != nullptr);
        CHECK(t.node.table().find_alive(c) == nullptr);
        co_return "";
      });
      slow.answer_after(20ms);
      upgrade batch(t.node, {change_to(t.add(version_2))}, {});
      REQUIRE(batch.check());
      REQUIRE(batch.prepare());
      const auto end_them =
          add_function(plain_function([&](probe_state&, const from&) {
            t.node.send_exit({}, b, exit_reason::shutdown());
            t.node.send_exit({}, c, exit_reason::kill());
          }));
      t.in(t.start_probe(), [=](probe_state&) {
        send_after(10ms, self(), run_plain{end_them});
      });
      REQUIRE(batch.commit());
      CHECK(batch.report().attempts == 1);
      REQUIRE(batch.adopt(10s));
      t.sched.run_until_idle();
      CHECK_FALSE(t.is_alive(b));
      CHECK(t.version_of(a) == "2.0.0");
      CHECK(t.first->box_count.load() == 0);
    });
  }

  TEST_CASE("processes of no module in the batch run on meanwhile") {
    branch t;
    slow_server slow(t);
    const auto a = t.open_account();
    t.run_in(a, [&](probe_state&) -> task<std::string> {
      (void)co_await slow.wait();
      co_return "";
    });
    slow.answer_after(20ms);
    const auto stranger = t.start_probe();
    t.in(stranger, [](probe_state&) {
      for (int i = 1; i < 19; ++i)
        send_after(std::chrono::milliseconds(i), self(), say{"tick"});
    });
    upgrade batch(t.node, {change_to(t.add(version_2))}, {});
    batch.at_commit = [&] {
      const auto* p = t.node.table().find_alive(stranger);
      CHECK(p->mailbox_length() == 0);
    };
    REQUIRE(run_upgrade(batch));
    CHECK(t.heard(stranger).size() == 18);
  }
}

}  // namespace instar::test::bank
