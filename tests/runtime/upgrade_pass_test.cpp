// Who may pass a closed gate: what one that is not quiet waits for.
#include "tests/support/slow_server.hpp"
#include "tests/support/test_supervisor.hpp"

namespace instar::test::bank {

TEST_SUITE("runtime/upgrade_pass_test") {
  TEST_CASE("a call of one that is not quiet passes and nothing else does") {
    for_seeds(100, [](std::uint64_t seed) {
      branch t(seed);
      slow_server slow(t);
      const auto a = t.open_account("a");
      const auto b = t.open_account("b");
      std::string answer;
      t.run_in(a, [&](probe_state&) -> task<std::string> {
        (void)co_await slow.wait();
        cast(b, item{1, 1});
        send(b, item{1, 2});
        const auto got = co_await call(b, item{1, 3}, 1h);
        answer = got ? *got : got.error().tag();
        co_return "";
      });
      slow.answer_after(10ms);
      upgrade batch(t.node, {change_to(t.add(version_2))}, {});
      REQUIRE(batch.check());
      REQUIRE(batch.prepare());
      std::string outside;
      const auto stranger = t.start_probe();
      const auto ask_b =
          add_function(task_function([&](probe_state&) -> task<std::string> {
            cast(b, item{2, 7});
            const auto got = co_await call(b, item{2, 8}, 1h);
            outside = got ? *got : got.error().tag();
            co_return "";
          }));
      const auto send_it = add_function(plain_function(
          [=](probe_state&, const from&) { cast(stranger, run_task{ask_b}); }));
      // After the gate has closed, before the account goes on.
      t.in(stranger,
           [=](probe_state&) { send_after(5ms, self(), run_plain{send_it}); });
      REQUIRE(batch.commit());
      CHECK(batch.report().attempts == 1);
      REQUIRE(batch.adopt(10s));
      t.sched.run_until_idle();
      CHECK(history(b) == "1.0.0 s1 i2 l3 2.0.0 s7 l8");
      CHECK(answer == "1.0.0");
      CHECK(outside == "2.0.0");
      CHECK(t.count_of(b) == 5);
    });
  }

  TEST_CASE("a call passes through processes that are in no batch") {
    // a waits for x, which is no account; x then needs b, which is held.
    for_seeds(100, [](std::uint64_t seed) {
      branch t(seed);
      slow_server slow(t);
      const auto a = t.open_account();
      const auto b = t.open_account();
      const auto c = t.open_account();
      const auto x = t.start("relay");
      const auto y = t.start("relay");
      const token way{{y, b, c}};
      std::string answer;
      t.run_in(a, [&](probe_state&) -> task<std::string> {
        (void)co_await slow.wait();
        const auto got = co_await call(x, way, 1h);
        answer = got ? *got : got.error().tag();
        co_return "";
      });
      slow.answer_after(10ms);
      upgrade batch(t.node, {change_to(t.add(version_2))}, {});
      REQUIRE(run_upgrade(batch));
      CHECK(batch.report().attempts == 1);
      CHECK(answer == "relay relay 1.0.0 1.0.0");
      CHECK(t.version_of(c) == "2.0.0");
    });
  }

  TEST_CASE(
      "a process that is born while another waits for it joins the batch") {
    for_seeds(50, [](std::uint64_t seed) {
      branch t(seed);
      t.load(test_supervisor_module);
      supervisor_spec spec;
      spec.strategy = restart_strategy::simple_one_for_one;
      child_spec child;
      child.id = "account";
      child.start.module = "bank";
      spec.children = {child};
      const auto top = t.start("test_sup", add_spec(spec));
      slow_server slow(t);
      const auto a = t.open_account();
      child_reply made;
      std::string answer;
      t.run_in(a, [&](probe_state&) -> task<std::string> {
        (void)co_await slow.wait();
        const start_dynamic_child request;
        auto got = co_await call(top, request, 1h);
        if (!got)
          co_return "";
        made = *got;
        const auto version = co_await call(made.child, item{1, 1}, 1h);
        answer = version ? *version : version.error().tag();
        co_return "";
      });
      slow.answer_after(10ms);
      upgrade batch(t.node, {change_to(t.add(version_2))}, {});
      REQUIRE(run_upgrade(batch));
      CHECK(batch.report().attempts == 1);
      CHECK(answer == "1.0.0");
      CHECK(t.version_of(made.child) == "2.0.0");
      CHECK(t.count_of(made.child) == 1);
    });
  }

  TEST_CASE("a call to a process whose init is held has it initialised first") {
    for_seeds(50, [](std::uint64_t seed) {
      branch t(seed);
      slow_server slow(t);
      const auto a = t.open_account();
      std::string answer;
      t.run_in(a, [&](probe_state&) -> task<std::string> {
        (void)co_await slow.wait();
        const auto got = co_await call("newborn", item{1, 1}, 1h);
        answer = got ? *got : got.error().tag();
        co_return "";
      });
      slow.answer_after(10ms);
      upgrade batch(t.node, {change_to(t.add(version_2))}, {});
      pid newborn;
      // Born while the gates are closed, awaited by nobody inside.
      const auto spawn =
          add_function(plain_function([&](probe_state&, const from&) {
            spawn_options options;
            options.start.module = "bank";
            options.start.args = boost::json::object{{"continue", true}};
            options.name = "newborn";
            const auto made = t.node.spawn(std::move(options));
            newborn = made ? *made : pid{};
          }));
      t.in(t.start_probe(),
           [=](probe_state&) { send_after(5ms, self(), run_plain{spawn}); });
      REQUIRE(batch.check());
      REQUIRE(batch.prepare());
      REQUIRE(batch.commit());
      CHECK(batch.report().attempts == 1);
      REQUIRE(batch.adopt(10s));
      t.sched.run_until_idle();
      CHECK(answer == "1.0.0");
      // What init wanted to come first came first.
      CHECK(history(newborn) == "1.0.0 c l1");
      CHECK(t.version_of(newborn) == "2.0.0");
      CHECK(t.count_of(newborn) == 2);
    });
  }

  TEST_CASE("a process that an operator suspended lets no call pass") {
    branch t;
    slow_server slow(t);
    const auto a = t.open_account("a");
    const auto b = t.open_account("b");
    REQUIRE(sys::suspend(t.node, b));
    t.run_in(a, [&](probe_state&) -> task<std::string> {
      (void)co_await call(b, item{1, 1}, 1h);
      co_return "";
    });
    auto wanted = change_to(t.add(version_2));
    wanted.limits.suspend_timeout = 200ms;
    upgrade batch(t.node, {wanted}, {});
    REQUIRE(batch.check());
    REQUIRE(batch.prepare());
    const auto done = batch.commit();
    REQUIRE_FALSE(done);
    CHECK(done.error().context.find("a (" + to_string(a) + ") waiting for " +
                                    to_string(b)) != std::string::npos);
    CHECK(history(b).empty());
  }
}

}  // namespace instar::test::bank
