// Restart strategies, intensity, shutdown, and the requests of a supervisor.
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

TEST_SUITE("runtime/supervisor") {
  TEST_CASE("children start in order and end in the reverse order") {
    for_seeds(30, [](std::uint64_t seed) {
      family t(seed);
      const auto top = t.start_supervisor(
          spec(one_for_one, {t.child("a"), t.child("b"), t.child("c")}));
      CHECK(t.events() == strings{"+a", "+b", "+c"});
      t.forget_events();
      REQUIRE(sys::terminate(t.node, top, exit_reason::shutdown()));
      t.sched.run_until_idle();
      CHECK(t.events() == strings{"-c shutdown", "-b shutdown", "-a shutdown"});
      CHECK(t.node.table().alive() == 0);
    });
  }

  TEST_CASE("one_for_one restarts only the child that ended") {
    for_seeds(30, [](std::uint64_t seed) {
      family t(seed);
      t.start_supervisor(
          spec(one_for_one, {t.child("a"), t.child("b"), t.child("c")}));
      t.forget_events();
      t.crash("b");
      CHECK(t.events() == strings{"-b error: crash", "+b"});
      CHECK(t.node.whereis("b"));
    });
  }

  TEST_CASE("one_for_all restarts all in order") {
    for_seeds(30, [](std::uint64_t seed) {
      family t(seed);
      t.start_supervisor(
          spec(one_for_all, {t.child("a"), t.child("b"), t.child("c")}));
      t.forget_events();
      t.crash("b");
      CHECK(t.events() == strings{"-b error: crash", "-c shutdown",
                                  "-a shutdown", "+a", "+b", "+c"});
    });
  }

  TEST_CASE("rest_for_one restarts the child and those started after it") {
    for_seeds(30, [](std::uint64_t seed) {
      family t(seed);
      t.start_supervisor(
          spec(rest_for_one, {t.child("a"), t.child("b"), t.child("c")}));
      t.forget_events();
      t.crash("b");
      CHECK(t.events() ==
            strings{"-b error: crash", "-c shutdown", "+b", "+c"});
    });
  }

  TEST_CASE("rest_for_one leaves a stopped child before it stopped") {
    family t;
    const auto top = t.start_supervisor(
        spec(rest_for_one, {t.child("a"), t.child("b"), t.child("c")}));
    CHECK(t.ask_supervisor(top, terminate_child{"a", {}}).error.empty());
    t.forget_events();
    t.crash("b");
    CHECK(t.events() == strings{"-b error: crash", "-c shutdown", "+b", "+c"});
  }

  TEST_CASE("a temporary sibling is forgotten when all are restarted") {
    family t;
    const auto top = t.start_supervisor(spec(
        one_for_all, {t.child("a"), t.child("b", restart_type::temporary)}));
    t.forget_events();
    t.crash("a");
    CHECK(t.events() == strings{"-a error: crash", "-b shutdown", "+a"});
    CHECK(t.children(top).size() == 1);
  }

  TEST_CASE("a restart type decides which ends are followed by a restart") {
    struct row {
      restart_type type;
      exit_reason why;
      bool restarts;
    };
    const row rows[] = {
        {restart_type::permanent, exit_reason::normal(), true},
        {restart_type::permanent, exit_reason::shutdown(), true},
        {restart_type::permanent, exit_reason::error("x"), true},
        {restart_type::permanent, exit_reason::kill(), true},
        {restart_type::transient, exit_reason::normal(), false},
        {restart_type::transient, exit_reason::shutdown(), false},
        {restart_type::transient, exit_reason::error("x"), true},
        {restart_type::transient, exit_reason::kill(), true},
        {restart_type::temporary, exit_reason::normal(), false},
        {restart_type::temporary, exit_reason::error("x"), false},
    };
    for (const auto& one : rows) {
      CAPTURE(one.why.text());
      CAPTURE(static_cast<int>(one.type));
      family t;
      const auto top =
          t.start_supervisor(spec(one_for_one, {t.child("a", one.type)}));
      t.forget_events();
      if (one.why == exit_reason::kill()) {
        t.exit(t.node.whereis("a"), one.why);
      } else {
        t.in(t.node.whereis("a"), [&](probe_state&) { stop(one.why); });
      }
      CHECK(static_cast<bool>(t.node.whereis("a")) == one.restarts);
      const bool is_listed = one.type != restart_type::temporary;
      CHECK(t.children(top).size() == (is_listed ? 1 : 0));
    }
  }

  TEST_CASE("more restarts than the intensity allows end the supervisor") {
    for (const auto strategy : {one_for_one, one_for_all, rest_for_one}) {
      family t;
      const auto top =
          t.start_supervisor(spec(strategy, {t.child("a"), t.child("b")}, 2));
      t.crash("b");
      t.crash("b");
      CHECK(t.is_alive(top));
      t.crash("b");
      CHECK_FALSE(t.is_alive(top));
      CHECK(t.node.table().alive() == 0);
    }
  }

  TEST_CASE("restarts longer ago than the period do not count") {
    family t;
    const auto top = t.start_supervisor(spec(one_for_one, {t.child("a")}, 1));
    for (int i = 0; i < 10; ++i) {
      t.crash("a");
      t.sched.advance(6s);
    }
    CHECK(t.is_alive(top));
    t.crash("a");
    t.crash("a");
    CHECK_FALSE(t.is_alive(top));
  }

  TEST_CASE("a restart that fails is tried again and counts each time") {
    for (const auto strategy : {one_for_one, one_for_all, rest_for_one}) {
      family t;
      const auto top =
          t.start_supervisor(spec(strategy, {t.child("a"), t.child("b")}, 3));
      t.fail_starts["a"] = 2;
      t.crash("a");
      CHECK(t.is_alive(top));
      CHECK(t.node.whereis("a"));
      CHECK(t.node.whereis("b"));
      t.fail_starts["a"] = 5;
      t.crash("a");
      CHECK_FALSE(t.is_alive(top));
      CHECK(t.node.table().alive() == 0);
    }
  }

  TEST_CASE("a supervisor that gives up is restarted by its own supervisor") {
    family t;
    auto inner = add_spec(spec(one_for_one, {t.child("a")}, 0));
    child_spec inner_child;
    inner_child.id = "inner";
    inner_child.start = {"test_sup", inner, "inner"};
    inner_child.type = child_type::supervisor;
    const auto top = t.start_supervisor(spec(one_for_one, {inner_child}));
    const auto first = t.node.whereis("inner");
    t.crash("a");
    CHECK(t.is_alive(top));
    CHECK(t.node.whereis("inner") != first);
    CHECK(t.node.whereis("a"));
  }

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

  TEST_CASE("a signal from nobody restarts nobody") {
    family t;
    const auto top =
        t.start_supervisor(spec(one_for_one, {t.child("a"), t.child("b")}));
    CHECK(t.ask_supervisor(top, terminate_child{"a", {}}).error.empty());
    t.forget_events();
    t.exit(top, exit_reason::error("from nobody"));
    CHECK(t.events().empty());
    CHECK(t.is_alive(top));
  }

  TEST_CASE("children are started stopped restarted and deleted by requests") {
    family t;
    const auto top = t.start_supervisor(spec(one_for_one, {t.child("a")}));
    auto reply = t.ask_supervisor(top, start_child{t.child("b")});
    CHECK(reply.error.empty());
    CHECK(reply.child == t.node.whereis("b"));
    CHECK(t.ask_supervisor(top, start_child{t.child("b")}).error ==
          "already_started");
    CHECK(t.ask_supervisor(top, delete_child{"b"}).error == "running");
    CHECK(t.ask_supervisor(top, restart_child{"b"}).error == "running");
    CHECK(t.ask_supervisor(top, terminate_child{"b", {}}).error.empty());
    CHECK_FALSE(t.node.whereis("b"));
    CHECK(t.ask_supervisor(top, start_child{t.child("b")}).error ==
          "already_present");
    const auto listed = t.children(top);
    REQUIRE(listed.size() == 2);
    CHECK(listed[0].id == "a");
    CHECK(listed[0].child == t.node.whereis("a"));
    CHECK(listed[0].modules == strings{"probe"});
    CHECK_FALSE(listed[1].child);
    CHECK(t.ask_supervisor(top, restart_child{"b"}).error.empty());
    CHECK(t.node.whereis("b"));
    CHECK(t.ask_supervisor(top, terminate_child{"b", {}}).error.empty());
    CHECK(t.ask_supervisor(top, delete_child{"b"}).error.empty());
    CHECK(t.ask_supervisor(top, delete_child{"b"}).error == "not_found");
    CHECK(t.ask_supervisor(top, terminate_child{"b", {}}).error == "not_found");
    CHECK(t.ask_supervisor(top, restart_child{"b"}).error == "not_found");
    const auto counts = t.node.call<child_counts>(top, count_children{});
    REQUIRE(counts);
    CHECK(counts->specs == 1);
    CHECK(counts->active == 1);
    CHECK(counts->workers == 1);
  }

  TEST_CASE("a child that cannot start is not remembered") {
    family t;
    const auto top = t.start_supervisor(spec(one_for_one, {}));
    t.fail_starts["a"] = 1;
    const auto reply = t.ask_supervisor(top, start_child{t.child("a")});
    CHECK(reply.error == "init_failed");
    CHECK(reply.detail == "cannot start a");
    CHECK(t.children(top).empty());
    CHECK(t.ask_supervisor(top, start_child{t.child("a")}).error.empty());
  }

  TEST_CASE("a child that was stopped on purpose is not restarted") {
    for_seeds(30, [](std::uint64_t seed) {
      family t(seed);
      const auto top = t.start_supervisor(spec(one_for_one, {t.child("a")}, 0));
      CHECK(t.ask_supervisor(top, terminate_child{"a", {}}).error.empty());
      t.sched.run_until_idle();
      CHECK(t.is_alive(top));
      CHECK_FALSE(t.node.whereis("a"));
    });
  }

  TEST_CASE("an unknown request fails at once") {
    family t;
    const auto top = t.start_supervisor(spec(one_for_one, {}));
    const auto answer = t.node.call<std::string>(top, ask{"a"});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == errc::bad_message);
    CHECK(t.is_alive(top));
  }

  TEST_CASE("simple_one_for_one starts as many of one kind as asked for") {
    for_seeds(30, [](std::uint64_t seed) {
      family t(seed);
      child_spec one;
      one.id = "conn";
      one.start.module = "probe";
      one.restart = restart_type::transient;
      const auto top = t.start_supervisor(spec(simple, {one}));
      std::vector<pid> all;
      for (int i = 0; i < 5; ++i) {
        const auto reply = t.ask_supervisor(top, start_dynamic_child{});
        CHECK(reply.error.empty());
        all.push_back(reply.child);
      }
      CHECK(t.children(top).size() == 5);
      CHECK(t.ask_supervisor(top, start_child{one}).error ==
            "simple_one_for_one");
      t.in(all[0], [](probe_state&) { stop(); });
      CHECK(t.children(top).size() == 4);
      t.exit(all[1], exit_reason::kill());
      CHECK(t.children(top).size() == 4);
      CHECK(t.ask_supervisor(top, terminate_child{{}, all[2]}).error.empty());
      CHECK(t.ask_supervisor(top, terminate_child{{}, all[2]}).error ==
            "not_found");
      CHECK(t.children(top).size() == 3);
      REQUIRE(sys::terminate(t.node, top, exit_reason::shutdown()));
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

  TEST_CASE("the arguments of a dynamic child are laid over the template's") {
    family t;
    strings told;
    const auto note = add_function(plain_function(
        [&](probe_state&, const from&) { told.push_back("started"); }));
    child_spec one;
    one.id = "conn";
    one.start.module = "probe";
    one.start.args = boost::json::object{{"fail", "no args given"}};
    const auto top = t.start_supervisor(spec(simple, {one}));
    CHECK(t.ask_supervisor(top, start_dynamic_child{}).detail ==
          "no args given");
    one.start.args = boost::json::object{{"run", note}, {"other", 1}};
    const auto second = t.start_supervisor(spec(simple, {one}));
    CHECK(t.ask_supervisor(
               second, start_dynamic_child{boost::json::object{{"other", 2}}})
              .error.empty());
    CHECK(told == strings{"started"});
  }
}

}  // namespace instar::test
