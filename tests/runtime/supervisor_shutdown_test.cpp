// Starts that fail, and how children end with their supervisor.
#include "runtime/external_calls.hpp"
#include "tests/support/test_supervisor.hpp"

#include <random>
#include <stdexcept>

namespace instar::test {
namespace {

using strings = std::vector<std::string>;

supervisor_spec spec(restart_strategy strategy,
                     std::vector<child_spec> children,
                     std::int64_t intensity = 10) {
  supervisor_spec made;
  made.strategy = strategy;
  made.intensity = intensity;
  made.children = std::move(children);
  return made;
}

constexpr auto one_for_one = restart_strategy::one_for_one;
constexpr auto one_for_all = restart_strategy::one_for_all;
constexpr auto rest_for_one = restart_strategy::rest_for_one;
constexpr auto simple = restart_strategy::simple_one_for_one;

}  // namespace

TEST_SUITE("runtime/supervisor_shutdown_test") {
  TEST_CASE("a child whose init fails fails the start and ends the others") {
    for_seeds(30, [](std::uint64_t seed) {
      family t(seed);
      t.fail_starts["b"] = 1;
      const auto made = t.try_start(
          "test_sup", add_spec(spec(one_for_one, {t.child("a"), t.child("b"),
                                                  t.child("c")})));
      REQUIRE_FALSE(made);
      CHECK(made.error().code == errc::init_failed);
      CHECK(made.error().context == "child b: init_failed: cannot start b");
      CHECK(t.events() == strings{"+a", "!b", "-a shutdown"});
      t.sched.run_until_idle();
      CHECK(t.node.table().alive() == 0);
    });
  }

  TEST_CASE("an init that throws or contradicts itself fails the start") {
    family t;
    const auto thrown =
        t.try_start("test_sup", boost::json::object{{"fail", "no spec"}});
    REQUIRE_FALSE(thrown);
    CHECK(thrown.error().context == "no spec");
    const auto twice = t.try_start(
        "test_sup", add_spec(spec(one_for_one, {t.child("a"), t.child("a")})));
    REQUIRE_FALSE(twice);
    CHECK(twice.error().context == "two children are called a");
    const auto none = t.try_start("test_sup", add_spec(spec(simple, {})));
    REQUIRE_FALSE(none);
    CHECK(t.node.table().alive() == 0);
  }

  TEST_CASE("a child that does not end in its time is killed") {
    family t;
    auto slow = t.child("slow");
    slow.shutdown_ms = 100;
    const auto top = t.start_supervisor(spec(one_for_one, {slow}));
    // Held at a gate it cannot run its terminate.
    t.node.all_gates().close({"probe"});
    const auto began = t.sched.now();
    t.node.send_exit({}, top, exit_reason::shutdown());
    REQUIRE(sys::terminate(t.node, top, exit_reason::shutdown()));
    t.sched.advance(99ms);
    CHECK(t.is_alive(top));
    t.sched.advance(1ms);
    CHECK_FALSE(t.is_alive(top));
    CHECK(t.sched.now() == began + 100ms);
    CHECK(t.events() == strings{"+slow"});
    t.node.all_gates().open();
  }

  TEST_CASE("a brutal kill runs no terminate and infinity waits for ever") {
    family t;
    auto brutal = t.child("brutal");
    brutal.shutdown_ms = shutdown_brutal_kill;
    auto patient = t.child("patient");
    patient.shutdown_ms = shutdown_infinity;
    const auto top = t.start_supervisor(spec(one_for_one, {patient, brutal}));
    t.forget_events();
    t.node.all_gates().close({"probe"});
    REQUIRE(sys::terminate(t.node, top, exit_reason::shutdown()));
    t.sched.advance(24h);
    CHECK_FALSE(t.node.whereis("brutal"));
    CHECK(t.node.whereis("patient"));
    CHECK(t.is_alive(top));
    t.node.all_gates().open();
    t.sched.run_until_idle();
    CHECK(t.events() == strings{"-patient shutdown"});
    CHECK_FALSE(t.is_alive(top));
  }

  TEST_CASE("a killed supervisor takes its children with it") {
    for_seeds(50, [](std::uint64_t seed) {
      family t(seed);
      child_spec inner;
      inner.id = "inner";
      inner.start = {"test_sup",
                     add_spec(spec(one_for_one, {t.child("a"), t.child("b")})),
                     "inner"};
      inner.type = child_type::supervisor;
      const auto top =
          t.start_supervisor(spec(one_for_one, {inner, t.child("c")}));
      t.exit(top, exit_reason::kill());
      CHECK(t.node.table().alive() == 0);
    });
  }

  TEST_CASE("a supervisor ended at any moment leaves no child behind") {
    for_seeds(300, [](std::uint64_t seed) {
      family t(seed);
      child_spec inner;
      inner.id = "inner";
      inner.start = {"test_sup",
                     add_spec(spec(one_for_all, {t.child("a"), t.child("b")})),
                     "inner"};
      inner.type = child_type::supervisor;
      const auto top =
          t.start_supervisor(spec(rest_for_one, {t.child("c"), inner}));
      // A crash begins restarts; in the midst of them the top is ended.
      std::mt19937_64 random(seed);
      const char* victims[] = {"a", "b", "c"};
      t.node.cast(
          t.node.whereis(victims[random() % 3]),
          run_plain{add_function(plain_function([](probe_state&, const from&) {
            throw std::runtime_error("crash");
          }))});
      for (auto steps = random() % 40; steps > 0; --steps)
        t.sched.step();
      const bool kills = random() % 2 == 0;
      // The parent of a process started from outside is nobody's pid.
      t.node.send_exit(kills ? pid{} : external_pid, top,
                       kills ? exit_reason::kill() : exit_reason::shutdown());
      t.sched.run_until_idle();
      CHECK(t.node.table().alive() == 0);
    });
  }

  TEST_CASE("dynamic children that do not end share one shutdown time") {
    family t;
    child_spec one;
    one.id = "conn";
    one.start.module = "probe";
    one.shutdown_ms = 100;
    const auto top = t.start_supervisor(spec(simple, {one}));
    for (int i = 0; i < 20; ++i)
      CHECK(t.ask_supervisor(top, start_dynamic_child{}).error.empty());
    t.node.all_gates().close({"probe"});
    REQUIRE(sys::terminate(t.node, top, exit_reason::shutdown()));
    t.sched.advance(100ms);
    CHECK(t.node.table().alive() == 0);
    t.node.all_gates().open();
  }

  TEST_CASE("dynamic children that are killed brutally run no terminate") {
    family t;
    child_spec one;
    one.id = "conn";
    one.start.module = "probe";
    one.shutdown_ms = shutdown_brutal_kill;
    const auto top = t.start_supervisor(spec(simple, {one}));
    for (int i = 0; i < 3; ++i)
      CHECK(t.ask_supervisor(top, start_dynamic_child{}).error.empty());
    REQUIRE(sys::terminate(t.node, top, exit_reason::shutdown()));
    t.sched.run_until_idle();
    CHECK(t.node.table().alive() == 0);
    CHECK(terminations().empty());
  }
}

}  // namespace instar::test
