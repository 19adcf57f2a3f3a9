// Links, monitors, exit signals, and pids that are not used again.
#include "tests/support/test_node.hpp"

namespace instar::test {
namespace {

using strings = std::vector<std::string>;

}  // namespace

TEST_SUITE("runtime/link_test") {
  TEST_CASE("the end of a process ends those that it is linked to") {
    for_seeds(30, [](std::uint64_t seed) {
      test_node t(seed);
      const auto a = t.start_probe();
      const auto b = t.start_probe();
      const auto c = t.start_probe();
      const auto d = t.start_probe();
      t.in(a, [=](probe_state&) { link(b); });
      t.in(b, [=](probe_state&) { link(c); });
      t.in(d, [=](probe_state&) {
        link(a);
        unlink(a);
      });
      t.exit(c, exit_reason::error("broken"));
      CHECK_FALSE(t.is_alive(a));
      CHECK_FALSE(t.is_alive(b));
      CHECK(t.is_alive(d));
    });
  }

  TEST_CASE("the normal end of a process does not end those linked to it") {
    test_node t;
    const auto a = t.start_probe();
    const auto b = t.start_probe();
    t.in(a, [=](probe_state&) { link(b); });
    t.in(b, [](probe_state&) { stop(); });
    CHECK_FALSE(t.is_alive(b));
    CHECK(t.is_alive(a));
  }

  TEST_CASE("a process that traps exits hears of them") {
    test_node t;
    const auto a = t.start_probe();
    const auto b = t.start_probe();
    t.in(a, [=](probe_state&) {
      trap_exit(true);
      link(b);
    });
    t.exit(b, exit_reason::error("broken"));
    CHECK(t.heard(a) == strings{"exit " + to_string(b) + " error: broken"});
    // A link to nobody is told at once, with the name of nobody.
    t.in(a, [=](probe_state&) { link(b); });
    CHECK(t.heard(a).back() == "exit " + to_string(b) + " noproc");
    t.in(b, [](probe_state&) {});
    t.exit(a, exit_reason::error("asked to end"));
    CHECK(t.is_alive(a));
    t.exit(a, exit_reason::kill());
    CHECK_FALSE(t.is_alive(a));
  }

  TEST_CASE("an exit signal that a process sends keeps its link to the other") {
    test_node t;
    const auto a = t.start_probe();
    const auto b = t.start_probe();
    t.in(a, [=](probe_state&) {
      trap_exit(true);
      link(b);
    });
    // One that traps lives on, linked as before.
    t.in(b, [](probe_state&) { trap_exit(true); });
    t.in(a, [=](probe_state&) { exit(b, exit_reason{"wake up", {}}); });
    t.exit(b, exit_reason::kill());
    CHECK(t.heard(a) ==
          std::vector<std::string>{"exit " + to_string(b) + " killed"});
    // One that does not ends, and its end is told.
    const auto c = t.start_probe();
    t.in(a, [=](probe_state&) { link(c); });
    t.in(a, [=](probe_state&) { exit(c, exit_reason{"bored", {}}); });
    CHECK(t.heard(a).back() == "exit " + to_string(c) + " bored");
  }

  TEST_CASE("a monitor tells who ended and why") {
    test_node t;
    const auto watcher = t.start_probe();
    const auto watched = t.start_probe();
    std::uint64_t dropped = 0;
    t.in(watcher, [&](probe_state&) {
      monitor(watched);
      dropped = monitor(watched);
    });
    t.in(watcher, [&](probe_state&) { demonitor(dropped); });
    t.exit(watched, exit_reason::error("broken"));
    CHECK(t.heard(watcher) ==
          strings{"down " + to_string(watched) + " error: broken"});
    // And at once where there is nobody, by name.
    t.in(watcher, [&](probe_state&) { monitor(watched); });
    CHECK(t.heard(watcher).back() == "down " + to_string(watched) + " noproc");
    CHECK(t.is_alive(watcher));
  }

  TEST_CASE("nothing is left of a watcher that ends") {
    test_node t;
    const auto watcher = t.start_probe();
    const auto watched = t.start_probe();
    t.in(watcher, [&](probe_state&) { monitor(watched); });
    t.exit(watcher, exit_reason::kill());
    CHECK(t.node.table().find_alive(watched)->watcher_count() == 0);
  }

  TEST_CASE("a kill ends a process whose handler waits and frees its frame") {
    for_seeds(30, [](std::uint64_t seed) {
      test_node t(seed);
      const auto silent = t.start_probe();
      const auto keep_quiet =
          add_function(plain_function([](probe_state&, const from&) {}));
      const auto p = t.start_probe();
      const auto alive = std::make_shared<int>(1);
      t.task_in(p, [=](probe_state&) -> task<std::string> {
        const auto inner = [=](std::shared_ptr<int> kept) -> task<std::string> {
          (void)co_await call(silent, run_plain{keep_quiet}, 1h);
          co_return std::to_string(*kept);
        };
        const auto got = co_await inner(alive);
        co_return got;
      });
      const auto held = alive.use_count();
      t.exit(p, exit_reason::kill());
      CHECK_FALSE(t.is_alive(p));
      CHECK(alive.use_count() < held);
      CHECK(terminations().empty());
      // Its late answer is for nobody.
      t.exit(silent, exit_reason::kill());
      CHECK(t.node.table().alive() == 0);
    });
  }

  TEST_CASE("the first exit signal decides the reason") {
    test_node t;
    const auto p = t.start_probe();
    t.node.send_exit({}, p, exit_reason::shutdown());
    t.node.send_exit({}, p, exit_reason::error("later"));
    t.sched.run_until_idle();
    CHECK(terminations() == strings{to_string(p) + " shutdown"});
  }

  TEST_CASE("a pid is not used again though its place is") {
    for_seeds(20, [](std::uint64_t seed) {
      test_node t(seed);
      const auto first = t.start_probe();
      t.exit(first, exit_reason::kill());
      for (int i = 0; i < 50; ++i) {
        const auto next = t.start_probe();
        CHECK(next.index == first.index);
        CHECK(next.generation > first.generation);
        // What was meant for the first reaches nobody.
        t.node.cast(first, say{"stale"});
        const auto answer = t.node.call<std::string>(first, ask{"stale"});
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == errc::noproc);
        CHECK(t.heard(next).empty());
        t.exit(next, exit_reason::kill());
      }
    });
  }

  TEST_CASE("a message on its way when its receiver is replaced is refused") {
    for_seeds(50, [](std::uint64_t seed) {
      test_node t(seed);
      const auto first = t.start_probe();
      t.node.send_exit({}, first, exit_reason::kill());
      t.node.cast(first, say{"stale"});
      t.sched.post([&] {
        spawn_options options;
        options.start.module = "probe";
        (void)t.node.spawn(std::move(options));
      });
      const auto answer = t.node.call<std::string>(first, ask{"stale"});
      REQUIRE_FALSE(answer);
      CHECK(answer.error().code == errc::noproc);
      t.sched.run_until_idle();
      for (const auto& one : t.node.table().all())
        CHECK(t.heard(one).empty());
    });
  }
}

}  // namespace instar::test
