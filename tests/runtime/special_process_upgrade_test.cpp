// Special processes in upgrades: those that are suspended, and those that stay in
// their old code until they make an external call.
#include "runtime/holders.hpp"
#include "tests/support/tally.hpp"

namespace instar::test::tallies {

TEST_SUITE("runtime/special_process_upgrade") {
  TEST_CASE("an update has each loop end and go on in the new code") {
    for_seeds(100, [](std::uint64_t seed) {
      office t(seed);
      std::vector<pid> all;
      for (int i = 0; i < 5; ++i)
        all.push_back(t.start_tally());
      const auto talk = [&] {
        for (const auto& p : all)
          t.node.cast(p, add{1});
      };
      talk();
      upgrade up(t.node, {update_to(t.add_version(version_2))}, {});
      REQUIRE(up.check());
      REQUIRE(up.prepare());
      talk();
      REQUIRE(up.commit());
      talk();
      REQUIRE(up.adopt(10s));
      CHECK(up.report().processes == 5);
      for (const auto& p : all) {
        CHECK(t.ask(p, 0) == "2.0.0 3");
        CHECK_FALSE(check_process_code(t.node, p, "tally"));
      }
      REQUIRE(t.node.code().soft_purge("tally"));

      auto* back = t.add_version(version_1);
      upgrade down(t.node, {update_to(back, direction::down)}, {});
      talk();
      REQUIRE(down.check());
      REQUIRE(down.prepare());
      REQUIRE(down.commit());
      REQUIRE(down.adopt(10s));
      for (const auto& p : all)
        CHECK(t.ask(p, 0) == "1.0.0 4");
    });
  }

  TEST_CASE("an update that fails has each loop go on in the old code") {
    for_seeds(50, [](std::uint64_t seed) {
      office t(seed);
      const auto p = t.start_tally();
      CHECK(t.ask(p, 1) == "1.0.0 1");
      auto change = update_to(t.add_version(version_2));
      change.extra = "refuse";
      upgrade batch(t.node, {change}, {});
      REQUIRE(batch.check());
      // With its frame it is converted behind the gate only.
      REQUIRE(batch.prepare());
      const auto failed = batch.commit();
      REQUIRE_FALSE(failed);
      CHECK(failed.error().code == errc::code_change_failed);
      CHECK(t.ask(p, 1) == "1.0.0 2");
      CHECK(t.heard_by(p) == "start, 1.0.0 1, continue, 1.0.0 1");
    });
  }

  TEST_CASE("a loop that takes no system messages is in the way and is named") {
    office t;
    const auto p = t.start("deaf", {}, "mole");
    upgrade_options options;
    options.suspend_timeout = 100ms;
    module_upgrade one;
    one.module = "deaf";
    one.is_suspended = true;
    upgrade batch(t.node, {one}, options);
    REQUIRE(batch.check());
    REQUIRE(batch.prepare());
    const auto failed = batch.commit();
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == errc::not_quiet);
    CHECK(failed.error().context.find("mole (" + to_string(p) +
                                      ") waiting in its loop for a message") !=
          std::string::npos);
    CHECK(t.ask(p, 1) == "deaf 1");
  }

  TEST_CASE("a loop stays in its old code until it makes an external call") {
    office t;
    const auto local = t.start_tally();
    const auto moving = t.start_tally();
    upgrade batch(t.node, {load_of(t.add_version(version_2))}, {});
    REQUIRE(run_batch(batch));
    t.node.cast(local, again{});
    CHECK(t.ask(local, 1) == "1.0.0 1");
    CHECK(t.ask(moving, 1) == "1.0.0 1");
    CHECK(check_process_code(t.node, local, "tally"));
    t.node.cast(moving, code_switch{});
    CHECK(t.ask(moving, 1) == "2.0.0 2");
    CHECK_FALSE(check_process_code(t.node, moving, "tally"));

    // Old code goes with those who are in it, or not at all.
    const auto kept = t.node.code().soft_purge("tally");
    REQUIRE_FALSE(kept);
    CHECK(kept.error().code == errc::old_processes);
    CHECK(kept.error().context.find(to_string(local)) != std::string::npos);
    REQUIRE(t.node.code().purge("tally"));
    CHECK_FALSE(t.is_alive(local));
    CHECK(t.ask(moving, 1) == "2.0.0 3");
    // A new process is of the current code from its start.
    CHECK(t.ask(t.start_tally(), 1) == "2.0.0 1");
  }

  TEST_CASE("an external call goes to an older version where that is current") {
    office t;
    upgrade up(t.node, {load_of(t.add_version(version_2))}, {});
    REQUIRE(run_batch(up));
    const auto p = t.start_tally();
    CHECK(t.ask(p, 3) == "2.0.0 3");
    upgrade down(t.node, {load_of(t.add_version(version_1))}, {});
    REQUIRE(run_batch(down));
    t.node.cast(p, code_switch{});
    CHECK(t.ask(p, 1) == "1.0.0 4");
  }

  TEST_CASE("a loop in old code is suspended and goes on there") {
    office t;
    const auto p = t.start_tally();
    upgrade first(t.node, {load_of(t.add_version(version_2))}, {});
    REQUIRE(run_batch(first));
    const auto newer = t.start_tally();
    upgrade second(t.node, {update_to(t.add_version(version_2_1))}, {});
    REQUIRE(run_batch(second));
    CHECK(t.ask(p, 1) == "1.0.0 1");
    CHECK(t.ask(newer, 1) == "2.1.0 1");
    t.node.cast(p, code_switch{});
    CHECK(t.ask(p, 1) == "2.1.0 2");
  }

  TEST_CASE(
      "a loop at a closed gate serves who is not quiet and waits for it") {
    for_seeds(100, [](std::uint64_t seed) {
      office t(seed);
      const auto callee = t.start_tally();
      const auto caller = t.start_tally();
      // The caller is in the middle of its turn, and needs the other one's answer.
      const auto function = add_function(
          task_function([callee](probe_state&) -> task<std::string> {
            (void)co_await receive<later>();
            std::string text;
            for (int i = 0; i < 3; ++i) {
              cast(callee, add{10});
              const auto m = make<add>(1);
              const auto answer = co_await call(callee, m, 1h);
              text += answer ? *answer : answer.error().tag();
              text += "; ";
            }
            co_return text;
          }));
      t.node.cast(caller, run{function});
      t.sched.run_until_idle();
      const auto sender = t.start_probe();
      const auto tell = add_function(plain_function(
          [=](probe_state&, const from&) { cast(caller, later{"go"}); }));
      upgrade batch(t.node, {update_to(t.add_version(version_2))}, {});
      REQUIRE(batch.check());
      REQUIRE(batch.prepare());
      t.in(sender,
           [=](probe_state&) { send_after(5ms, self(), run_plain{tell}); });
      REQUIRE(batch.commit());
      CHECK(batch.report().attempts == 1);
      REQUIRE(batch.adopt(10s));
      CHECK(t.heard_by(caller).find("1.0.0 11; 1.0.0 22; 1.0.0 33; ") !=
            std::string::npos);
      CHECK(t.ask(callee, 0) == "2.0.0 33");
    });
  }

  TEST_CASE("a loop that became a gen_server is upgraded with its new module") {
    office t;
    const auto p = t.start_tally();
    t.node.cast(p, become{"desk"});
    t.sched.run_until_idle();
    upgrade batch(t.node, {update_to(t.add_version(version_2))}, {});
    REQUIRE(run_batch(batch));
    CHECK(batch.report().processes == 0);
    CHECK(t.ask(p, 1) == "desk 1");
  }
}

}  // namespace instar::test::tallies
