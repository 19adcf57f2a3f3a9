// Selective receive: in the loop of a special process and in a handler.
#include "tests/support/tally.hpp"

namespace instar::test::tallies {
namespace {

/// Runs a coroutine within the loop of a tally, which hears what it returns.
void within(office& t, pid p, task_function function) {
  t.node.cast(p, run{add_function(std::move(function))});
  t.sched.run_until_idle();
}

// The same type as another version declares it.
namespace other {
struct later {
  std::string text;
  std::int64_t urgency = 0;
};
BOOST_DESCRIBE_STRUCT(later, (), (text, urgency))
}  // namespace other

}  // namespace

TEST_SUITE("runtime/receive") {
  TEST_CASE("what a receive does not want stays in its order") {
    office t;
    const auto p = t.start_tally();
    within(t, p, [](probe_state&) -> task<std::string> {
      const auto m = co_await receive<later>();
      co_return "then " + m.get_if<later>()->text;
    });
    t.node.cast(p, add{1});
    t.node.cast(p, add{2});
    t.sched.run_until_idle();
    CHECK(t.heard_by(p) == "start");
    t.node.cast(p, later{"now"});
    t.node.cast(p, add{3});
    t.sched.run_until_idle();
    CHECK(t.heard_by(p) == "start, then now, 1.0.0 1, 1.0.0 2, 1.0.0 3");
  }

  TEST_CASE("a receive with a condition asks about values") {
    office t;
    const auto p = t.start_tally();
    within(t, p, [](probe_state&) -> task<std::string> {
      const auto is_large = [](const add& one) { return one.amount > 10; };
      const auto m = co_await receive_if<add>(is_large);
      co_return "large " + std::to_string(m.get_if<add>()->amount);
    });
    for (const auto amount : {1, 2, 30, 40})
      t.node.cast(p, add{amount});
    t.sched.run_until_idle();
    CHECK(t.heard_by(p) == "start, large 30, 1.0.0 1, 1.0.0 2, 1.0.0 40");
  }

  TEST_CASE("a receive ends when its time is over and not before") {
    office t;
    const auto p = t.start_tally();
    within(t, p, [](probe_state&) -> task<std::string> {
      const auto m = co_await receive<later>(100ms);
      co_return m.is_timeout() ? "late" : "in time";
    });
    t.sched.advance(99ms);
    CHECK(t.heard_by(p) == "start");
    t.sched.advance(1ms);
    CHECK(t.heard_by(p) == "start, late");
  }

  TEST_CASE("a message that came before the end of the time counts") {
    for_seeds(50, [](std::uint64_t seed) {
      office t(seed);
      const auto p = t.start_tally();
      within(t, p, [](probe_state&) -> task<std::string> {
        const auto m = co_await receive<later>(100ms);
        co_return m.is_timeout() ? "late" : m.get_if<later>()->text;
      });
      t.sched.advance(99ms);
      t.node.cast(p, later{"in time"});
      t.sched.advance(1ms);
      CHECK(t.heard_by(p) == "start, in time");
    });
  }

  TEST_CASE("a timeout of zero takes what is there") {
    office t;
    const auto p = t.start_tally();
    t.node.cast(
        p,
        run{add_function(task_function([](probe_state&) -> task<std::string> {
          std::string text;
          for (;;) {
            const auto m = co_await receive<add>(std::chrono::seconds(0));
            if (m.is_timeout())
              co_return text + "end";
            text += std::to_string(m.get_if<add>()->amount);
          }
        }))});
    t.node.cast(p, add{1});
    t.node.cast(p, add{2});
    t.sched.run_until_idle();
    CHECK(t.heard_by(p) == "start, 12end");
  }

  TEST_CASE("a message of another version is taken as this one declares it") {
    office t;
    const auto p = t.start_tally();
    within(t, p, [](probe_state&) -> task<std::string> {
      auto m = co_await receive<later>();
      co_return m.get_if<later>()->text;
    });
    // The name is what counts, and this is another.
    t.node.cast(p, other::later{"no", 1});
    t.sched.run_until_idle();
    CHECK(t.heard_by(p) == "start");
    auto same_name =
        make_message(other::later{"adapted", 3}, message_kind::cast);
    auto type = type_of<other::later>();
    type.name = type_of<later>().name;
    same_name->key = &intern(type);
    t.node.deliver(p, std::move(same_name));
    t.sched.run_until_idle();
    CHECK(t.heard_by(p) == "start, adapted");
  }

  TEST_CASE("a loop hears of the end of what it monitors and links") {
    office t;
    const auto p = t.start_tally();
    const auto watched = t.start_probe();
    const auto linked = t.start_probe();
    within(t, p, [=](probe_state&) -> task<std::string> {
      trap_exit(true);
      link(linked);
      const auto tag = monitor(watched);
      exit(watched, exit_reason{"tired", {}});
      const auto down = co_await receive<down_message>();
      exit(linked, exit_reason{"bored", {}});
      const auto gone = co_await receive<exit_message>();
      const bool is_it = down.get_if<down_message>()->monitor == tag;
      co_return (is_it ? "down " : "other ") +
          down.get_if<down_message>()->reason.text() + " " +
          gone.get_if<exit_message>()->reason.text();
    });
    CHECK(t.heard_by(p) == "start, down tired bored");
  }

  TEST_CASE("a handler of a gen_server may wait for a message of one type") {
    test_node t;
    const auto p = t.start_probe();
    std::string got;
    t.task_in(p, [&](probe_state&) -> task<std::string> {
      const auto m = co_await receive<later>(1h);
      got = m.get_if<later>()->text;
      co_return "";
    });
    t.node.cast(p, say{"meanwhile"});
    t.sched.run_until_idle();
    CHECK(got.empty());
    t.node.cast(p, later{"hello"});
    t.sched.run_until_idle();
    CHECK(got == "hello");
    CHECK(t.heard(p) == std::vector<std::string>{"cast meanwhile"});
  }

  TEST_CASE("a call that a handler has taken is answered by it") {
    test_node t;
    const auto p = t.start_probe();
    t.task_in(p, [&](probe_state&) -> task<std::string> {
      const auto m = co_await receive<add>(1h);
      reply(m.caller(), std::string("taken"));
      co_return "";
    });
    CHECK(t.node.call<std::string>(p, add{1}, 1s).value() == "taken");
  }

  TEST_CASE("a long mailbox is looked at once") {
    office t;
    const auto p = t.start_tally();
    auto asked = std::make_shared<int>(0);
    within(t, p, [asked](probe_state&) -> task<std::string> {
      const auto is_debt = [asked](const add& one) {
        ++*asked;
        return one.amount < 0;
      };
      const auto m = co_await receive_if<add>(is_debt);
      co_return m.is_timeout() ? "" : "found";
    });
    for (int i = 0; i < 1000; ++i) {
      t.node.cast(p, add{1});
      t.sched.run_until_idle();
    }
    t.node.cast(p, add{-1});
    t.sched.run_until_idle();
    CHECK(*asked == 1001);
    // Ours, and those of the function that is kept.
    CHECK(asked.use_count() == 2);
  }
}

}  // namespace instar::test::tallies
