// What a process sends itself: timeouts, delayed messages, continuations.
#include "tests/support/test_node.hpp"

namespace instar::test {
namespace {

using strings = std::vector<std::string>;

}  // namespace

TEST_SUITE("runtime/timer_test") {
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
}

}  // namespace instar::test
