// The life of a process: tasks, exceptions, names, ends.
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

TEST_SUITE("runtime/process_test") {
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
      CHECK(t.node.table().find_alive(p)->owed_count() == 0);
    });
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

  TEST_CASE(
      "what waits is seen while a handler runs and where one never idles") {
    test_node t;
    const auto p = t.start_probe();
    t.sched.run_until_idle();
    const auto waiting = [&] {
      return t.node.table().find_alive(p)->mailbox_length();
    };
    std::uint64_t seen = 0;
    t.node.cast(p, run_plain{add_function(plain_function(
                       [&](probe_state&, const from&) { seen = waiting(); }))});
    for (int i = 0; i < 300; ++i)
      t.node.cast(p, say{"x"});
    // One turn, which its budget ends.
    REQUIRE(t.sched.step());
    CHECK(seen == 301);
    CHECK(waiting() > 0);
    CHECK(waiting() < 301);
    t.sched.run_until_idle();
    CHECK(waiting() == 0);
  }
}

}  // namespace instar::test
