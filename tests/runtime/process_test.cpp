// The life of a process: exceptions, timers, names, links, monitors, ends.
#include "tests/support/test_node.hpp"

#include <stdexcept>

namespace instar::test {
namespace {

using strings = std::vector<std::string>;

std::uint64_t throwing(const char* text) {
  return add_function(plain_function(
      [text](probe_state&, const from&) { throw std::runtime_error(text); }));
}

/// Answers by instar::reply, from a coroutine, after it has waited.
struct late : gen_server<probe_state> {
  static probe_state init(const value&) { return {}; }
  static task<> handle_call(probe_state&, const ask& m, const from& caller) {
    if (m.text == "x") {
      const auto got = co_await call("helper", make<ask>(m.text));
      reply(caller, "late " + *got);
      (void)co_await call("helper", make<ask>(m.text));
    }
  }
};
constinit const module_descriptor late_module =
    detail::make_descriptor<late>("late", "1.0.0", false);

}  // namespace

TEST_SUITE("runtime/process") {
  TEST_CASE("a nested task gives its value to the handler that awaits it") {
    test_node t;
    const auto helper = t.start_probe();
    const auto p = t.start_probe();
    const auto ask_twice = [helper](std::string text) -> task<std::string> {
      const auto first = co_await call(helper, make<ask>(text));
      const auto second = co_await call(helper, make<ask>(*first));
      co_return *second;
    };
    const auto outer = add_function(
        task_function([ask_twice](probe_state&) -> task<std::string> {
          const auto a = co_await ask_twice("a");
          const auto b = co_await ask_twice("b");
          co_return a + " " + b;
        }));
    const auto answer = t.node.call<std::string>(p, run_task{outer});
    REQUIRE(answer);
    CHECK(*answer == "got got a got got b");
  }

  TEST_CASE(
      "an exception in a nested task reaches the handler that awaits it") {
    test_node t;
    const auto helper = t.start_probe();
    const auto p = t.start_probe();
    const auto failing = [helper](std::string text) -> task<std::string> {
      (void)co_await call(helper, make<ask>(text));
      throw std::runtime_error("inner " + text);
    };
    const auto outer = add_function(
        task_function([failing](probe_state&) -> task<std::string> {
          std::string told;
          try {
            told = co_await failing("a");
          } catch (const std::exception& error) {
            told = error.what();
          }
          co_return told;
        }));
    const auto answer = t.node.call<std::string>(p, run_task{outer});
    REQUIRE(answer);
    CHECK(*answer == "inner a");
    CHECK(t.is_alive(p));
  }

  TEST_CASE("what init throws is the reason of the failed start") {
    test_node t;
    const auto made =
        t.try_start("probe", boost::json::object{{"fail", "no disk"}}, "name");
    REQUIRE_FALSE(made);
    CHECK(made.error().code == errc::init_failed);
    CHECK(made.error().context == "no disk");
    CHECK(t.node.table().alive() == 0);
    CHECK_FALSE(t.node.whereis("name"));
    CHECK(t.try_start("probe", {}, "name"));
  }

  TEST_CASE("what handle_call throws reaches the caller and ends the process") {
    test_node t;
    const auto p = t.start_probe();
    const auto answer =
        t.node.call<std::string>(p, run_plain{throwing("bad call")});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == errc::callback_failed);
    CHECK(answer.error().context == "bad call");
    CHECK_FALSE(t.is_alive(p));
    CHECK(terminations() == strings{to_string(p) + " error: bad call"});
    CHECK(t.node.crash_count() == 1);
  }

  TEST_CASE("what a coroutine throws reaches the caller and ends the process") {
    for (const bool waits_first : {false, true}) {
      CAPTURE(waits_first);
      test_node t;
      const auto helper = t.start_probe();
      const auto p = t.start_probe();
      const auto f =
          add_function(task_function([=](probe_state&) -> task<std::string> {
            if (waits_first)
              (void)co_await call(helper, make<ask>("a"));
            throw std::runtime_error("bad task");
          }));
      const auto answer = t.node.call<std::string>(p, run_task{f});
      REQUIRE_FALSE(answer);
      CHECK(answer.error().code == errc::callback_failed);
      CHECK(answer.error().context == "bad task");
      t.sched.run_until_idle();
      CHECK_FALSE(t.is_alive(p));
      CHECK(terminations() == strings{to_string(p) + " error: bad task"});
    }
  }

  TEST_CASE(
      "what handle_cast handle_info and a continue throw ends the process") {
    test_node t;
    const auto by_cast = t.start_probe();
    const auto by_info = t.start_probe();
    t.node.cast(by_cast, run_plain{throwing("bad cast")});
    t.node.send(by_info, run_plain{throwing("bad info")});
    t.sched.run_until_idle();
    CHECK_FALSE(t.is_alive(by_cast));
    CHECK_FALSE(t.is_alive(by_info));
    CHECK(terminations() == strings{to_string(by_cast) + " error: bad cast",
                                    to_string(by_info) + " error: bad info"});
  }

  TEST_CASE(
      "what terminate throws is noted and the process ends all the same") {
    test_node t;
    const auto p = t.start_probe();
    terminate_throws() = "bad end";
    t.exit(p, exit_reason::error("x"));
    CHECK_FALSE(t.is_alive(p));
    CHECK(std::any_of(t.logged.begin(), t.logged.end(), [](const auto& line) {
      return line.find("bad end") != std::string::npos;
    }));
  }

  TEST_CASE("a caller taken by a coroutine may be answered after a wait") {
    // The caller's address is a parameter of a coroutine.
    for_seeds(30, [](std::uint64_t seed) {
      test_node t(seed);
      t.load(late_module);
      const auto helper = t.start_probe("helper");
      (void)helper;
      const auto p = t.start("late");
      for (int i = 0; i < 5; ++i) {
        const auto answer = t.node.call<std::string>(p, make<ask>("x"));
        REQUIRE(answer);
        CHECK(*answer == "late got x");
      }
      // Nothing is owed for calls that have been answered.
      CHECK(t.node.table().find_alive(p)->extra().owed.empty());
    });
  }

  TEST_CASE("a timeout comes only where no message did") {
    test_node t;
    const auto p = t.start_probe();
    t.in(p, [](probe_state&) { set_timeout(10ms); });
    t.sched.advance(9ms);
    t.node.cast(p, say{"in time"});
    t.sched.advance(50ms);
    CHECK(t.heard(p) == strings{"cast in time"});
    t.in(p, [](probe_state&) { set_timeout(10ms); });
    t.sched.advance(9ms);
    CHECK(t.heard(p).size() == 1);
    t.sched.advance(1ms);
    CHECK(t.heard(p) == strings{"cast in time", "timeout"});
    t.sched.advance(1h);
    CHECK(t.heard(p).size() == 2);
  }

  TEST_CASE("a timeout that is due while a handler waits comes after it") {
    test_node t;
    const auto silent = t.start_probe();
    const auto keep_quiet =
        add_function(plain_function([](probe_state&, const from&) {}));
    const auto p = t.start_probe();
    t.task_in(p, [=](probe_state& s) -> task<std::string> {
      set_timeout(10ms);
      (void)co_await call(silent, run_plain{keep_quiet}, 20ms);
      s.heard.push_back("waited");
      co_return "";
    });
    t.sched.advance(1s);
    CHECK(t.heard(p) == strings{"waited", "timeout"});
  }

  TEST_CASE(
      "a process that stays suspended gets its timeout when it is resumed") {
    test_node t;
    const auto p = t.start_probe();
    t.in(p, [](probe_state&) { set_timeout(10ms); });
    REQUIRE(sys::suspend(t.node, p));
    t.sched.advance(1s);
    CHECK(t.heard(p).empty());
    REQUIRE(sys::resume(t.node, p));
    t.sched.run_until_idle();
    CHECK(t.heard(p) == strings{"timeout"});
  }

  TEST_CASE("a message sent after a delay arrives then and in order") {
    for_seeds(30, [](std::uint64_t seed) {
      test_node t(seed);
      const auto p = t.start_probe();
      t.in(p, [](probe_state&) {
        send_after(20ms, self(), say{"c"});
        send_after(10ms, self(), say{"a"});
        send_after(10ms, self(), say{"b"});
      });
      t.sched.advance(9ms);
      CHECK(t.heard(p).empty());
      t.sched.advance(1ms);
      CHECK(t.heard(p) == strings{"info a", "info b"});
      t.sched.advance(10ms);
      CHECK(t.heard(p) == strings{"info a", "info b", "info c"});
    });
  }

  TEST_CASE("a cancelled timer does not fire and says whether it was in time") {
    test_node t;
    const auto p = t.start_probe();
    timer_ref kept;
    t.in(p, [&](probe_state&) { kept = send_after(10ms, self(), say{"a"}); });
    bool was_cancelled = false;
    t.in(p, [&](probe_state&) { was_cancelled = cancel_timer(kept); });
    CHECK(was_cancelled);
    t.sched.advance(1s);
    CHECK(t.heard(p).empty());
    t.in(p, [&](probe_state&) { was_cancelled = cancel_timer(kept); });
    CHECK_FALSE(was_cancelled);
    t.in(p, [&](probe_state&) { kept = send_after(10ms, self(), say{"b"}); });
    t.sched.advance(10ms);
    t.in(p, [&](probe_state&) { was_cancelled = cancel_timer(kept); });
    CHECK_FALSE(was_cancelled);
    CHECK(t.heard(p) == strings{"info b"});
  }

  TEST_CASE("a timer for a process that has ended disturbs nobody") {
    test_node t;
    const auto first = t.start_probe();
    t.in(first, [](probe_state&) {
      send_after(10ms, self(), say{"for the first"});
      set_timeout(10ms);
    });
    t.exit(first, exit_reason::error("x"));
    const auto second = t.start_probe();
    CHECK(second.index == first.index);
    t.sched.advance(1s);
    CHECK(t.heard(second).empty());
  }

  TEST_CASE("handle_continue comes before all messages that wait") {
    for_seeds(50, [](std::uint64_t seed) {
      test_node t(seed);
      const auto p = t.start_probe();
      REQUIRE(sys::suspend(t.node, p));
      t.node.cast(p, run_plain{add_function(
                         plain_function([](probe_state& s, const from&) {
                           s.heard.push_back("first");
                           continue_with(go_on{"then"});
                         }))});
      t.node.cast(p, say{"last"});
      REQUIRE(sys::resume(t.node, p));
      t.sched.run_until_idle();
      CHECK(t.heard(p) == strings{"first", "continue then", "cast last"});
    });
  }

  TEST_CASE("handle_continue of init comes before the first message") {
    test_node t;
    const auto init = add_function(plain_function(
        [](probe_state&, const from&) { continue_with(go_on{"init"}); }));
    spawn_options options;
    options.start.module = "probe";
    options.start.args = boost::json::object{{"run", init}};
    const auto p = t.node.spawn(std::move(options));
    REQUIRE(p);
    t.node.cast(*p, say{"first"});
    t.sched.run_until_idle();
    CHECK(t.heard(*p) == strings{"continue init", "cast first"});
  }

  TEST_CASE("a request of sys that comes before init is served after it") {
    for_seeds(50, [](std::uint64_t seed) {
      test_node t(seed);
      spawn_options options;
      options.start.module = "probe";
      const auto p = t.node.spawn(std::move(options));
      REQUIRE(p);
      const auto state = sys::get_state(t.node, *p);
      REQUIRE(state);
      CHECK(state->at("number") == 0);
    });
  }

  TEST_CASE("a name names one process and is free again at its end") {
    test_node t;
    const auto p = t.start_probe("the_name");
    CHECK(t.node.whereis("the_name") == p);
    const auto again = t.try_start("probe", {}, "the_name");
    REQUIRE_FALSE(again);
    CHECK(again.error().code == errc::already_started);
    t.exit(p, exit_reason::kill());
    CHECK_FALSE(t.node.whereis("the_name"));
    const auto next = t.start_probe("the_name");
    CHECK(t.node.whereis("the_name") == next);
  }

  TEST_CASE("a module that is not loaded or has no loop cannot be started") {
    test_node t;
    const auto made = t.try_start("nothing");
    REQUIRE_FALSE(made);
    CHECK(made.error().code == errc::no_such_module);
    CHECK(t.node.table().alive() == 0);
  }

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
    CHECK(t.node.table().find_alive(watched)->extra().monitored_by.empty());
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

  TEST_CASE("a node stops at once however many processes it has") {
    for_seeds(10, [](std::uint64_t seed) {
      test_node t(seed);
      for (int i = 0; i < 100; ++i)
        t.start_probe();
      const auto began = t.sched.now();
      t.node.stop();
      CHECK(t.node.table().alive() == 0);
      CHECK(t.sched.now() == began);
    });
  }
}

}  // namespace instar::test
