// Messages between processes: order, calls, replies, timeouts, ends.
#include "tests/support/test_node.hpp"

namespace instar::test {
namespace {

using strings = std::vector<std::string>;

}  // namespace

TEST_SUITE("runtime/message_test") {
  TEST_CASE("messages of one sender arrive in their order") {
    for_seeds(50, [](std::uint64_t seed) {
      test_node t(seed);
      const auto receiver = t.start_probe();
      std::vector<pid> senders;
      for (int i = 0; i < 3; ++i)
        senders.push_back(t.start_probe());
      for (std::size_t i = 0; i < senders.size(); ++i) {
        const auto one = add_function(
            plain_function([receiver, i](probe_state& s, const from&) {
              const auto text = [&] {
                return std::to_string(i) + std::to_string(s.number++);
              };
              cast(receiver, say{text()});
              send(receiver, say{text()});
            }));
        for (int k = 0; k < 4; ++k)
          t.node.cast(senders[i], run_plain{one});
      }
      t.sched.run_until_idle();
      const auto all = t.heard(receiver);
      CHECK(all.size() == 24);
      for (char sender = '0'; sender < '3'; ++sender) {
        std::string order;
        for (const auto& one : all) {
          if (one[5] == sender)
            order += one[6];
        }
        CHECK(order == "01234567");
      }
    });
  }

  TEST_CASE("a system message overtakes the ordinary ones already queued") {
    test_node t;
    const auto p = t.start_probe();
    t.node.cast(p, say{"first"});
    CHECK(sys::suspend(t.node, p));
    CHECK(t.heard(p).empty());
    CHECK(sys::resume(t.node, p));
    t.sched.run_until_idle();
    CHECK(t.heard(p) == strings{"cast first"});
  }

  TEST_CASE("a call a cast and an info each reach their own handler") {
    test_node t;
    const auto p = t.start_probe("server");
    t.node.cast(p, say{"a"});
    t.node.send(p, say{"b"});
    const auto answer = t.node.call<std::string>("server", ask{"c"});
    REQUIRE(answer);
    CHECK(*answer == "got c");
    CHECK(t.heard(p) == strings{"cast a", "info b", "call c"});
  }

  TEST_CASE("a reply may come later from the handler of another message") {
    test_node t;
    const auto p = t.start_probe();
    const auto kept = std::make_shared<from>();
    const auto take = add_function(plain_function(
        [kept](probe_state&, const from& caller) { *kept = caller; }));
    t.sched.post([&t, p, kept] {
      t.node.cast(p, run_plain{add_function(
                         plain_function([kept](probe_state&, const from&) {
                           reply(*kept, std::string("late"));
                         }))});
    });
    const auto answer = t.node.call<std::string>(p, run_plain{take});
    REQUIRE(answer);
    CHECK(*answer == "late");
  }

  TEST_CASE("a reply may come from another process") {
    for_seeds(50, [](std::uint64_t seed) {
      test_node t(seed);
      const auto worker = t.start_probe();
      const auto server = t.start_probe();
      const auto kept = std::make_shared<from>();
      const auto hand_over = add_function(
          plain_function([kept, worker](probe_state&, const from& caller) {
            *kept = caller;
            cast(worker, run_plain{add_function(
                             plain_function([kept](probe_state&, const from&) {
                               reply(*kept, std::string("by another"));
                             }))});
          }));
      const auto answer =
          t.node.call<std::string>(server, run_plain{hand_over});
      REQUIRE(answer);
      CHECK(*answer == "by another");
      // The server owes nothing any more: its end says nothing to the caller.
      t.sched.run_until_idle();
      auto* p = t.node.table().find_alive(server);
      REQUIRE(p != nullptr);
      CHECK(p->owed_count() == 0);
    });
  }

  TEST_CASE("a call that nobody answers ends at its timeout") {
    test_node t;
    const auto silent = t.start_probe();
    const auto keep_quiet =
        add_function(plain_function([](probe_state&, const from&) {}));
    const auto began = t.sched.now();
    const auto answer =
        t.node.call<std::string>(silent, run_plain{keep_quiet}, 3s);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == errc::timeout);
    CHECK(t.sched.now() == began + 3s);

    std::string told;
    const auto caller = t.start_probe();
    t.task_in(caller, [&](probe_state&) -> task<std::string> {
      const auto got = co_await call(silent, run_plain{keep_quiet}, 2s);
      told = got ? *got : got.error().tag();
      co_return told;
    });
    t.sched.advance(1999ms);
    CHECK(told.empty());
    t.sched.advance(1ms);
    CHECK(told == "timeout");
  }

  TEST_CASE("an infinite timeout is not one in the past") {
    test_node t;
    const auto p = t.start_probe();
    CHECK(t.node.call<std::string>(p, ask{"a"}, duration::max()));
    CHECK(sys::get_state(t.node, p, duration::max()));
    std::string told;
    t.task_in(t.start_probe(), [&](probe_state&) -> task<std::string> {
      const auto got = co_await call(p, make<ask>("b"), duration::max());
      told = got ? *got : got.error().tag();
      co_return told;
    });
    CHECK(told == "got b");
  }

  TEST_CASE("an answer that comes too late is dropped") {
    test_node t;
    const auto server = t.start_probe();
    const auto caller = t.start_probe();
    const auto kept = std::make_shared<from>();
    const auto keep = add_function(
        plain_function([kept](probe_state&, const from& f) { *kept = f; }));
    strings told;
    t.task_in(caller, [&](probe_state&) -> task<std::string> {
      const auto first = co_await call(server, run_plain{keep}, 1s);
      told.push_back(first ? *first : first.error().tag());
      const auto second = co_await call(server, make<ask>("again"), 10s);
      told.push_back(second ? *second : second.error().tag());
      co_return "";
    });
    CHECK(sys::suspend(t.node, server));
    t.sched.advance(1s);
    CHECK(told == strings{"timeout"});
    CHECK(sys::resume(t.node, server));
    t.in(server, [&](probe_state&) { reply(*kept, std::string("too late")); });
    CHECK(told == strings{"timeout", "got again"});
  }

  TEST_CASE("a call to nobody fails at once") {
    test_node t;
    const auto gone = t.start_probe();
    t.exit(gone, exit_reason::kill());
    const auto began = t.sched.now();
    const auto answer = t.node.call<std::string>(gone, ask{"a"});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == errc::noproc);
    const auto by_name = t.node.call<std::string>("nobody", ask{"a"});
    REQUIRE_FALSE(by_name);
    CHECK(by_name.error().code == errc::noproc);
    CHECK(t.sched.now() == began);

    strings told;
    t.task_in(t.start_probe(), [&](probe_state&) -> task<std::string> {
      const auto first = co_await call(gone, make<ask>("a"));
      told.push_back(first ? *first : first.error().tag());
      const auto second = co_await call("nobody", make<ask>("a"));
      told.push_back(second ? *second : second.error().tag());
      co_return "";
    });
    CHECK(told == strings{"noproc", "noproc"});
  }

  TEST_CASE("a callee that ends tells those whose calls it never answered") {
    // Queued, being handled by a coroutine, and deferred.
    for_seeds(100, [](std::uint64_t seed) {
      test_node t(seed);
      const auto callee = t.start_probe();
      const auto silent = t.start_probe();
      const auto keep_quiet =
          add_function(plain_function([](probe_state&, const from&) {}));
      const auto wait_long =
          add_function(task_function([=](probe_state&) -> task<std::string> {
            const auto got = co_await call(silent, run_plain{keep_quiet}, 1h);
            co_return got ? *got : got.error().tag();
          }));
      std::map<std::string, std::string> told;
      const auto ask_for = [&](const std::string& what, auto message) {
        t.node.cast(t.start_probe(),
                    run_task{add_function(task_function(
                        [&, what, message](probe_state&) -> task<std::string> {
                          const auto got = co_await call(callee, message, 1h);
                          told[what] = got ? *got : got.error().tag();
                          co_return "";
                        }))});
        t.sched.run_until_idle();
      };
      ask_for("deferred", run_plain{keep_quiet});
      ask_for("handled", run_task{wait_long});
      ask_for("queued", ask{"a"});
      CHECK(told.empty());
      t.exit(callee, seed % 2 == 0 ? exit_reason::kill()
                                   : exit_reason::error("broken"));
      CHECK(told == std::map<std::string, std::string>{{"deferred", "noproc"},
                                                       {"handled", "noproc"},
                                                       {"queued", "noproc"}});
      CHECK_FALSE(t.is_alive(callee));
    });
  }

  TEST_CASE(
      "a call without a handler and a reply of another type fail at once") {
    test_node t;
    const auto p = t.start_probe();
    const auto answer = t.node.call<std::string>(p, unknown{"a"});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == errc::bad_message);
    const auto other = t.node.call<std::int64_t>(p, ask{"a"});
    REQUIRE_FALSE(other);
    CHECK(other.error().code == errc::bad_message);
    strings told;
    t.task_in(t.start_probe(), [&](probe_state&) -> task<std::string> {
      const auto first = co_await call(p, make<unknown>("a"));
      told.push_back(first ? *first : first.error().tag());
      const auto second = co_await call<std::int64_t>(p, make<ask>("a"));
      told.push_back(second ? "?" : second.error().tag());
      co_return "";
    });
    CHECK(told == strings{"bad_message", "bad_message"});
    CHECK(t.is_alive(p));
  }

  TEST_CASE("a cast and an info without a handler are dropped") {
    test_node t;
    const auto p = t.start_probe();
    t.node.cast(p, unknown{"a"});
    t.node.send(p, unknown{"b"});
    t.node.cast(p, say{"c"});
    t.sched.run_until_idle();
    CHECK(t.heard(p) == strings{"cast c"});
  }

  TEST_CASE("handlers that wait for one another are all answered") {
    for_seeds(100, [](std::uint64_t seed) {
      test_node t(seed);
      // A chain: 0 asks 1, 1 asks 2, and so on; the last answers.
      std::vector<pid> chain;
      for (int i = 0; i < 6; ++i)
        chain.push_back(t.start_probe());
      std::function<std::uint64_t(std::size_t)> link_of =
          [&](std::size_t at) -> std::uint64_t {
        if (at + 1 == chain.size()) {
          return add_function(task_function(
              [](probe_state&) -> task<std::string> { co_return "end"; }));
        }
        const auto next = link_of(at + 1);
        const auto to = chain[at + 1];
        return add_function(
            task_function([next, to](probe_state& s) -> task<std::string> {
              const auto got = co_await call(to, run_task{next});
              ++s.number;
              co_return (got ? *got : got.error().tag()) + "<";
            }));
      };
      const auto first = link_of(0);
      for (int i = 0; i < 3; ++i) {
        const auto answer = t.node.call<std::string>(chain[0], run_task{first});
        REQUIRE(answer);
        CHECK(*answer == "end<<<<<");
      }
    });
  }
}

}  // namespace instar::test
