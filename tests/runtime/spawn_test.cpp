// Processes that processes start.
#include "runtime/spawn.hpp"

#include "tests/support/tally.hpp"

namespace instar::test::tallies {

TEST_SUITE("runtime/spawn") {
  TEST_CASE("a spawned process has no parent and outlives its maker") {
    office t;
    const auto maker = t.start_probe();
    pid made;
    t.in(maker, [&](probe_state&) { made = spawn({"tally"}).value(); });
    CHECK(t.ask(made, 1) == "1.0.0 1");
    t.exit(maker, exit_reason::kill());
    CHECK(t.ask(made, 1) == "1.0.0 2");
  }

  TEST_CASE("a linked one ends with its maker and its maker with it") {
    for (const bool maker_first : {true, false}) {
      CAPTURE(maker_first);
      office t;
      const auto maker = t.start_probe();
      pid made;
      t.in(maker, [&](probe_state&) { made = spawn_link({"tally"}).value(); });
      t.exit(maker_first ? maker : made, exit_reason{"over", {}});
      CHECK_FALSE(t.is_alive(made));
      CHECK_FALSE(t.is_alive(maker));
    }
  }

  TEST_CASE("a linked one whose init fails takes its maker along") {
    office t;
    const auto maker = t.start_probe();
    t.in(maker, [&](probe_state&) {
      REQUIRE(spawn_link({"tally", value{{"fail", true}}}));
    });
    CHECK_FALSE(t.is_alive(maker));
  }

  TEST_CASE("a monitored one is heard of when it ends") {
    office t;
    const auto maker = t.start_probe();
    monitored made;
    t.in(maker, [&](probe_state&) { made = spawn_monitor({"tally"}).value(); });
    t.exit(made.process, exit_reason{"over", {}});
    CHECK(t.heard(maker) == std::vector<std::string>{
                                "down " + to_string(made.process) + " over"});
  }

  TEST_CASE("what cannot be spawned says why") {
    office t;
    const auto maker = t.start_probe();
    t.start_tally("taken");
    t.in(maker, [&](probe_state&) {
      CHECK(spawn({"nothing"}).error().code == errc::no_such_module);
      CHECK(spawn({"tally", {}, "taken"}).error().code ==
            errc::already_started);
    });
  }

  TEST_CASE("start_link waits for init and tells how it went") {
    office t;
    const auto maker = t.start_probe();
    std::vector<std::string> got;
    t.task_in(maker, [&](probe_state&) -> task<std::string> {
      start_spec bad{"tally", value{{"fail", true}}};
      const auto failed = co_await start_link(std::move(bad));
      got.push_back(failed.error().tag());
      start_spec none{"nothing"};
      const auto missing = co_await start_link(std::move(none));
      got.push_back(missing.error().tag());
      start_spec good{"tally"};
      const auto made = co_await start_link(std::move(good));
      got.push_back(to_string(*made));
      co_return "";
    });
    REQUIRE(got.size() == 3);
    CHECK(got[0] == "init_failed");
    CHECK(got[1] == "no_such_module");
    CHECK(t.is_alive(maker));
    const auto made = parse_pid(got[2]);
    CHECK(t.is_alive(made));
    t.exit(maker, exit_reason{"over", {}});
    CHECK_FALSE(t.is_alive(made));
  }
}

}  // namespace instar::test::tallies
