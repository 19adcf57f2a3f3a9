// Restart strategies, restart types and intensity.
#include "tests/support/test_supervisor.hpp"

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

}  // namespace

TEST_SUITE("runtime/supervisor_test") {
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

  TEST_CASE("a supervisor ends with a significant child of its own will") {
    for_seeds(10, [](std::uint64_t seed) {
      family t(seed);
      auto flags = spec(one_for_one, {t.child("a"), t.child("b")});
      auto c = t.child("c", restart_type::transient);
      c.significant = true;
      flags.children.push_back(c);
      flags.auto_shutdown = auto_shutdown_mode::any_significant;
      const auto top = t.start_supervisor(flags);
      t.forget_events();
      // A crash is followed by a restart as ever.
      t.crash("c");
      CHECK(t.events() == strings{"-c error: crash", "+c"});
      t.forget_events();
      t.exit(t.node.whereis("c"), exit_reason::shutdown());
      CHECK(t.events() == strings{"-c shutdown", "-b shutdown", "-a shutdown"});
      CHECK_FALSE(t.is_alive(top));
    });
  }

  TEST_CASE("or with the last of them") {
    family t;
    supervisor_spec flags = spec(one_for_one, {t.child("a")});
    for (const auto* id : {"b", "c"}) {
      auto one = t.child(id, restart_type::temporary);
      one.significant = true;
      flags.children.push_back(one);
    }
    flags.auto_shutdown = auto_shutdown_mode::all_significant;
    const auto top = t.start_supervisor(flags);
    SUBCASE("whatever ends it") {
      t.crash("c");
      CHECK(t.is_alive(top));
      t.exit(t.node.whereis("b"), exit_reason::shutdown());
      CHECK_FALSE(t.is_alive(top));
    }
    SUBCASE("but not where somebody else ends it") {
      CHECK(t.ask_supervisor(top, terminate_child{"b", {}}).error.empty());
      CHECK(t.ask_supervisor(top, terminate_child{"c", {}}).error.empty());
      CHECK(t.is_alive(top));
    }
  }

  TEST_CASE("a significant child needs a supervisor that heeds it") {
    family t;
    auto child = t.child("a", restart_type::transient);
    child.significant = true;
    const auto refused = [&](supervisor_spec flags) {
      const auto made = t.try_start("test_sup", add_spec(flags));
      REQUIRE_FALSE(made);
      return made.error().message();
    };
    CHECK(refused(spec(one_for_one, {child})).find("auto_shutdown is never") !=
          std::string::npos);
    auto flags = spec(one_for_one, {});
    flags.auto_shutdown = auto_shutdown_mode::any_significant;
    const auto top = t.start_supervisor(flags);
    child.restart = restart_type::permanent;
    flags.children = {child};
    CHECK(refused(flags).find("is permanent") != std::string::npos);
    CHECK(t.ask_supervisor(top, start_child{child}).error == "bad_child_spec");
  }

  TEST_CASE("a child's specification can be asked for by id and by pid") {
    family t;
    const auto top = t.start_supervisor(spec(
        one_for_one, {t.child("a"), t.child("b", restart_type::transient)}));
    const auto ask_spec = [&](get_childspec of) {
      const auto got = t.node.call<get_childspec::answer>(top, std::move(of));
      REQUIRE(got);
      return *got;
    };
    CHECK(ask_spec({"b", {}}).spec.restart == restart_type::transient);
    CHECK(ask_spec({{}, t.node.whereis("b")}).spec.id == "b");
    CHECK(ask_spec({"z", {}}).error == "not_found");
    CHECK(ask_spec({}).error == "not_found");
  }
}

}  // namespace instar::test
