// Special processes: their loops and what sys asks of them.
#include "runtime/sys_debug.hpp"
#include "tests/support/tally.hpp"

namespace instar::test::tallies {

TEST_SUITE("runtime/special_process") {
  TEST_CASE("a loop takes calls and casts and infos in their order") {
    office t;
    const auto p = t.start_tally();
    t.node.cast(p, add{1});
    t.node.send(p, add{2});
    CHECK(t.ask(p, 3) == "1.0.0 6");
    CHECK(t.heard_by(p) == "start, 1.0.0 1, 1.0.0 2, 1.0.0 3");
  }

  TEST_CASE("a loop starts anew in its own code when it says so") {
    office t;
    const auto p = t.start_tally();
    t.node.cast(p, again{});
    CHECK(t.ask(p, 1) == "1.0.0 1");
    CHECK(t.heard_by(p) == "start, start, 1.0.0 1");
  }

  TEST_CASE("an init that throws fails the start") {
    office t;
    const auto made = t.try_start("tally", value{{"fail", true}});
    REQUIRE_FALSE(made);
    CHECK(made.error().code == errc::init_failed);
  }

  TEST_CASE("a loop ends its process with the reason that it returns") {
    office t;
    const auto p = t.start_tally();
    t.node.cast(p, end{exit_reason{"done", "for today"}});
    t.sched.run_until_idle();
    CHECK_FALSE(t.is_alive(p));
    CHECK(ends() == std::vector<std::string>{"0 done: for today"});
  }

  TEST_CASE("what a loop throws ends its process and its caller hears why") {
    office t;
    const auto p = t.start_tally();
    const auto function =
        add_function(task_function([](probe_state&) -> task<std::string> {
          throw std::runtime_error("out of ink");
          co_return "";
        }));
    t.node.cast(p, run{function});
    t.sched.run_until_idle();
    CHECK_FALSE(t.is_alive(p));
    CHECK(ends() == std::vector<std::string>{"0 error: out of ink"});
  }

  TEST_CASE("a call that a loop has taken fails when the process ends") {
    office t;
    const auto server = t.start("deaf");
    const auto p = t.start_tally();
    std::string got;
    t.task_in(t.start_probe(), [&](probe_state&) -> task<std::string> {
      const auto answer = co_await call(p, add{1}, 1h);
      got = answer ? *answer : answer.error().tag();
      co_return "";
    });
    CHECK(got == "1.0.0 1");
    const auto waits =
        add_function(task_function([server](probe_state&) -> task<std::string> {
          (void)co_await receive<later>();
          co_return "";
        }));
    t.node.cast(p, run{waits});
    t.task_in(t.start_probe(), [&](probe_state&) -> task<std::string> {
      const auto answer = co_await call(p, add{1}, 1h);
      got = answer ? *answer : answer.error().tag();
      co_return "";
    });
    CHECK(got == "1.0.0 1");  // not yet
    t.exit(p, exit_reason::kill());
    CHECK(got == "noproc");
  }

  TEST_CASE("an exit signal ends a loop that waits and system_terminate runs") {
    office t;
    const auto p = t.start_tally();
    CHECK(t.ask(p, 4) == "1.0.0 4");
    t.exit(p, exit_reason::shutdown());
    CHECK_FALSE(t.is_alive(p));
    CHECK(ends() == std::vector<std::string>{"4 shutdown"});
  }

  TEST_CASE("a suspended special process has no frame and takes nothing") {
    office t;
    auto& n = t.node;
    const auto p = t.start_tally();
    REQUIRE(sys::suspend(n, p));
    CHECK_FALSE(n.table().find_alive(p)->has_waiting_handler());
    n.cast(p, add{1});
    t.sched.run_until_idle();
    CHECK(t.heard_by(p) == "start");
    CHECK(sys::get_state(n, p).value().at("total") == 0);
    REQUIRE(sys::resume(n, p));
    CHECK(t.ask(p, 2) == "1.0.0 3");
    CHECK(t.heard_by(p) == "start, continue, 1.0.0 1, 1.0.0 2");
  }

  TEST_CASE("a loop that takes no system messages has sys wait") {
    office t;
    auto& n = t.node;
    const auto p = t.start("deaf");
    const auto late = sys::get_state(n, p, 50ms);
    REQUIRE_FALSE(late);
    CHECK(late.error().code == errc::timeout);
    CHECK(t.ask(p, 2) == "deaf 2");
    CHECK(n.table().find_alive(p)->has_waiting_handler());
    // Until it comes to where it does.
    const auto other = t.start("deaf");
    n.cast(other, code_switch{});
    t.sched.run_until_idle();
    CHECK(sys::get_state(n, other).value().at("total") == 0);
  }

  TEST_CASE("who is asked what it does answers at once whatever it waits for") {
    office t;
    auto& n = t.node;
    const auto p = t.start("deaf");
    const auto rows = sys::summary(n, p);
    REQUIRE(rows);
    CHECK(rows->at("behaviour") == "special_process");
    CHECK(rows->at("status") == "running");
  }

  TEST_CASE(
      "sys_SUITE special_process: a loop of its own serves what sys asks") {
    office t;
    auto& n = t.node;
    const auto p = t.start_tally("tally");
    REQUIRE(sys::statistics(n, p, true));
    CHECK(t.ask(p, 4) == "1.0.0 4");
    const auto numbers = sys::statistics(n, p);
    REQUIRE(numbers);
    CHECK(numbers->at("messages_in") == 1);
    CHECK(numbers->at("messages_out") == 1);

    upgrade batch(n, {update_to(t.add_version(version_2))}, {});
    REQUIRE(run_batch(batch));
    CHECK(sys::get_state(n, p).value() == value{{"sum", 4}});
    const auto to = [](const value& state) {
      return value{{"sum", state.at("sum").as_int64() * 2}};
    };
    CHECK(sys::replace_state(n, p, to).value() == value{{"sum", 8}});
    const auto failed =
        sys::replace_state(n, p, [](const value&) { return value("nothing"); });
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == errc::callback_failed);
    CHECK(failed.error().context.find(
              "tally:system_replace_state: no object") != std::string::npos);
    CHECK(t.ask(p, -9) == "2.0.0 -1");
    const auto hidden = sys::get_state(n, p);
    REQUIRE_FALSE(hidden);
    CHECK(hidden.error().code == errc::callback_failed);
    CHECK(hidden.error().context.find("tally:system_get_state: in debt") !=
          std::string::npos);
    REQUIRE(sys::terminate(n, p, exit_reason::normal()));
    t.sched.run_until_idle();
    CHECK_FALSE(t.is_alive(p));
  }

  TEST_CASE(
      "get_modules is answered by those that choose to and by its module") {
    office t;
    auto& n = t.node;
    const auto p = t.start_tally();
    CHECK(sys::get_modules(n, p).value() == std::vector<std::string>{"tally"});
    upgrade batch(n, {update_to(t.add_version(version_2))}, {});
    REQUIRE(run_batch(batch));
    CHECK(sys::get_modules(n, p).value() ==
          std::vector<std::string>{"tally", "abacus"});
  }

  TEST_CASE("an operator calls a special process by the messages it declares") {
    office t;
    auto& n = t.node;
    t.start_tally("tally");
    CHECK(n.call_json("tally", value{{"add", {{"amount", 2}}}}).value() ==
          value("1.0.0 2"));
    const auto unknown = n.call_json("tally", value{{"sub", {{"amount", 2}}}});
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().code == errc::bad_message);
  }

  TEST_CASE("a loop goes on as a gen_server of another module") {
    office t;
    auto& n = t.node;
    const auto p = t.start_tally("tally");
    CHECK(t.ask(p, 2) == "1.0.0 2");
    n.cast(p, become{"desk"});
    CHECK(t.ask(p, 3) == "desk 5");
    const auto rows = sys::summary(n, p).value();
    CHECK(rows.at("behaviour") == "gen_server");
    CHECK(rows.at("module") == "desk");
    // It is a desk's process for upgrades too.
    CHECK(t.first->box_count.load() == 0);
  }

  TEST_CASE("a loop cannot go on with a module that its state is not for") {
    for (const auto* module : {"probe", "tally", "nothing"}) {
      CAPTURE(module);
      office t;
      const auto p = t.start_tally();
      t.node.cast(p, become{module});
      t.sched.run_until_idle();
      CHECK_FALSE(t.is_alive(p));
      CHECK(t.logged.back().find(std::string("enter_loop of ") + module) !=
            std::string::npos);
    }
  }
}

}  // namespace instar::test::tallies
