// Processes that are killed inside a callback that does not return.
#include "runtime/holders.hpp"
#include "runtime/zombies.hpp"
#include "tests/support/bank.hpp"
#include "tests/support/real_node.hpp"
#include "tests/support/senders.hpp"

#include <algorithm>
#include <future>
#include <latch>
#include <memory>
#include <thread>

namespace instar::test {
namespace {

/// A callback that stays inside until the test lets it out, however the test
/// ends.
class stay {
public:
  ~stay() { let_out(); }

  /// What a process runs; `afterwards`: when it is let out.
  plain_function as_plain(plain_function afterwards = {}) const {
    return [doors = doors_, then = std::move(afterwards)](probe_state& s,
                                                          const from& f) {
      doors->pass();
      if (then)
        then(s, f);
    };
  }
  task_function as_task() const {
    return [doors = doors_](probe_state&) -> task<std::string> {
      doors->pass();
      co_return "out";
    };
  }
  void wait_until_inside() const { doors_->entered.wait(); }
  void let_out() {
    if (!std::exchange(is_out_, true))
      doors_->exit.count_down();
  }

private:
  struct two_doors {
    std::latch entered{1}, exit{1};
    void pass() {
      entered.count_down();
      exit.wait();
    }
  };
  std::shared_ptr<two_doors> doors_ = std::make_shared<two_doors>();
  bool is_out_ = false;
};

runtime_options impatient() {
  runtime_options options{"/spool", nullptr};
  options.kill_patience = 1ms;
  return options;
}

/// A node whose processes get stuck and are killed.
class stuck_node : public real_node {
public:
  explicit stuck_node() : real_node(2, impatient()) {}

  void kill(pid who) {
    node.send_exit({}, who, exit_reason::kill());
    until([&] {
      return node.table().find_alive(who) == nullptr &&
             !node.zombies().all().empty();
    });
  }
  void until(const std::function<bool()>& done) {
    REQUIRE(sched.wait(done, sched.now() + 1min));
  }
  void wait_until_buried() {
    until([&] { return node.zombies().all().empty(); });
  }
  /// Runs a function in a probe, and waits.
  void do_in(pid who, std::function<void()> what) {
    REQUIRE(node.call<std::string>(
        who,
        run_plain{add_function(plain_function(
            [what = std::move(what)](probe_state&, const from& f) {
              what();
              reply(f, std::string("done"));
            }))},
        1min));
  }
  std::vector<std::string> heard(pid who) {
    std::vector<std::string> all;
    const auto list = node.call<std::string>(
        who,
        run_plain{
            add_function(plain_function([&](probe_state& s, const from& f) {
              all = s.heard;
              reply(f, std::string("done"));
            }))},
        1min);
    REQUIRE(list);
    return all;
  }
  std::vector<std::string> wait_for_news(pid who) {
    for (;;) {
      if (auto all = heard(who); !all.empty())
        return all;
      std::this_thread::yield();
    }
  }
  std::future<errc> ask_from_outside(pid who) {
    return std::async(std::launch::async, [this, who] {
      const auto answer = node.call<std::string>(who, ask{"a"}, 1min);
      REQUIRE_FALSE(answer);
      return static_cast<errc>(answer.error().code.value());
    });
  }
};

}  // namespace

TEST_SUITE("runtime/zombies") {
  TEST_CASE(
      "who is killed inside a callback counts as ended before it returns") {
    stuck_node t;
    stay inside;
    const auto stuck = t.start_probe("stuck");
    const auto watcher = t.start_probe();
    t.do_in(watcher, [&] { monitor(stuck); });
    t.run_in(stuck, inside.as_plain());
    inside.wait_until_inside();
    t.kill(stuck);

    CHECK(t.wait_for_news(watcher) ==
          std::vector<std::string>{"down " + to_string(stuck) + " killed"});
    CHECK_FALSE(t.node.whereis("stuck"));
    CHECK(t.start_probe("stuck") != stuck);
    CHECK(t.ask_from_outside(stuck).get() == errc::noproc);
    const auto zombies = t.node.zombies().all();
    REQUIRE(zombies.size() == 1);
    CHECK(to_string(zombies[0]) ==
          to_string(stuck) +
              " stuck (killed while it handled instar.test.run_plain)");
    inside.let_out();
    t.wait_until_buried();
    CHECK(t.heard(watcher).size() == 1);
  }

  TEST_CASE("who waits for a killed process is told at once") {
    stuck_node t;
    stay inside;
    const auto stuck = t.start_probe();
    // Owed from an earlier call; being handled; still in the mailbox.
    auto owed = std::async(std::launch::async, [&] {
      return t.node.call<std::string>(stuck,
                                      run_plain{add_function(plain_function(
                                          [](probe_state&, const from&) {}))},
                                      1min);
    });
    while (t.node.table().find_alive(stuck)->owed_count() == 0)
      std::this_thread::yield();
    auto handled = std::async(std::launch::async, [&] {
      return t.node.call<std::string>(
          stuck, run_task{add_function(inside.as_task())}, 1min);
    });
    inside.wait_until_inside();
    auto queued = t.ask_from_outside(stuck);
    t.kill(stuck);
    CHECK(queued.get() == errc::noproc);
    for (auto* asked : {&owed, &handled}) {
      const auto answer = asked->get();
      REQUIRE_FALSE(answer);
      CHECK(answer.error().code == errc::noproc);
      CHECK(answer.error().context == "killed");
    }
  }

  TEST_CASE("linked processes end with a zombie and its parent hears of it") {
    stuck_node t;
    stay inside;
    const auto stuck = t.start_probe();
    const auto linked = t.start_probe();
    const auto trapping = t.start_probe();
    t.do_in(linked, [&] { link(stuck); });
    t.do_in(trapping, [&] {
      trap_exit(true);
      link(stuck);
    });
    t.run_in(stuck, inside.as_plain());
    inside.wait_until_inside();
    t.kill(stuck);
    t.until([&] { return t.node.table().find_alive(linked) == nullptr; });
    CHECK(t.wait_for_news(trapping) ==
          std::vector<std::string>{"exit " + to_string(stuck) + " killed"});
  }

  TEST_CASE("what a zombie sends or sets up is discarded") {
    stuck_node t;
    stay inside;
    const auto stuck = t.start_probe();
    const auto other = t.start_probe();
    std::atomic<int> calls_failed{0};
    t.run_in(stuck, inside.as_plain([&, other](probe_state&, const from&) {
      cast(other, say{"boo"});
      send_after(0ms, other, say{"boo"});
      link(other);
      exit(other, exit_reason::shutdown());
      CHECK(monitor(other) == 0);
      CHECK_FALSE(net::listen({}));
      ++calls_failed;
    }));
    inside.wait_until_inside();
    t.kill(stuck);
    inside.let_out();
    t.wait_until_buried();
    CHECK(calls_failed == 1);
    CHECK(t.heard(other).empty());
  }

  TEST_CASE("a start whose init was killed fails at once") {
    stuck_node t;
    stay inside;
    boost::json::object args{{"run", add_function(inside.as_plain())}};
    auto starting = std::async(std::launch::async, [&] {
      spawn_options options;
      options.start.module = "probe";
      options.start.args = args;
      options.name = "slow";
      return t.node.start(std::move(options), 1min);
    });
    inside.wait_until_inside();
    t.kill(t.node.whereis("slow"));
    const auto made = starting.get();
    REQUIRE_FALSE(made);
    CHECK(made.error().code == errc::noproc);
    CHECK(to_string(t.node.zombies().all().at(0))
              .ends_with(" slow (killed inside init or terminate)"));
    inside.let_out();
    t.wait_until_buried();
    CHECK(t.start_probe("slow"));
  }

  TEST_CASE("a kill ends a terminate that does not return") {
    stuck_node t;
    stay inside;
    const auto stuck = t.start_probe();
    t.run_in(stuck, inside.as_plain([](probe_state&, const from&) {
      stop(exit_reason::normal());
    }));
    inside.wait_until_inside();
    t.kill(stuck);
    inside.let_out();
    t.wait_until_buried();
  }

  TEST_CASE("a handler that goes on after a wait can be a zombie too") {
    stuck_node t;
    stay inside;
    const auto stuck = t.start_probe();
    const auto helper = t.start_probe();
    const auto door = inside.as_task();
    t.run_task_in(stuck, [=](probe_state& s) -> task<std::string> {
      (void)co_await call(helper, make<ask>("first"));
      co_return co_await door(s);
    });
    inside.wait_until_inside();
    t.kill(stuck);
    inside.let_out();
    t.wait_until_buried();
  }
}

namespace bank {

TEST_SUITE("runtime/zombies") {
  TEST_CASE("an upgrade does not wait for a zombie and its code stays mapped") {
    stuck_node t;
    stay inside;
    auto* first = t.load(version_1);
    const auto stuck = t.start("bank");
    const auto other = t.start("bank");
    t.node.cast(stuck, run_in_account{add_function(inside.as_task())});
    inside.wait_until_inside();
    t.kill(stuck);

    auto made = t.node.code().add_builtin(version_2);
    REQUIRE(made);
    upgrade batch(t.node, {change_to(*made)}, {});
    REQUIRE(run_upgrade(batch));
    CHECK(t.node.call<std::string>(other, item{1, 1}, 1min).value() == "2.0.0");
    CHECK(first->box_count == 0);

    const auto kept = t.node.code().purge("bank");
    REQUIRE_FALSE(kept);
    CHECK(kept.error().code == errc::old_processes);
    const auto holders = t.node.code().holders("bank");
    REQUIRE(holders.size() == 1);
    CHECK(to_string(holders[0]) ==
          to_string(stuck) +
              " (its state: it was killed while it handled "
              "instar.test.bank.run_in_account, and has not returned)");
    inside.let_out();
    t.wait_until_buried();
    t.until([&] { return bool(t.node.code().purge("bank")); });
    CHECK(t.node.code().old("bank") == nullptr);
  }

  TEST_CASE("a zombie whose handler has waited holds no gate") {
    stuck_node t;
    stay inside;
    t.load(version_1);
    const auto stuck = t.start("bank");
    const auto helper = t.start_probe();
    const auto door = inside.as_task();
    const auto waits = [=](probe_state& s) -> task<std::string> {
      (void)co_await call(helper, make<ask>("first"));
      co_return co_await door(s);
    };
    t.node.cast(stuck, run_in_account{add_function(task_function(waits))});
    inside.wait_until_inside();
    t.kill(stuck);
    auto made = t.node.code().add_builtin(version_2);
    REQUIRE(made);
    upgrade batch(t.node, {change_to(*made)}, {});
    REQUIRE(run_upgrade(batch));
    inside.let_out();
    t.wait_until_buried();
    // Its gate still counts right.
    upgrade back(t.node,
                 {change_to(t.node.code().old("bank"), direction::down)}, {});
    REQUIRE(run_upgrade(back));
  }
}

}  // namespace bank

TEST_SUITE("runtime/zombies") {
  TEST_CASE("kills that race with returning callbacks leave nobody behind") {
    stuck_node t;
    constexpr int rounds = 200;
    const auto watcher = t.start_probe();
    const auto before = t.node.table().alive();
    const auto busy =
        add_function(plain_function([](probe_state&, const from&) {
          // About as long as the patience: some return before, some after.
          const auto until = std::chrono::steady_clock::now() + 1500us;
          while (std::chrono::steady_clock::now() < until)
            std::this_thread::yield();
        }));
    std::vector<pid> all;
    for (int i = 0; i < rounds; ++i) {
      const auto made = t.start_probe("racer");
      all.push_back(made);
      t.do_in(watcher, [&] { monitor(made); });
      for (int n = 0; n < 3; ++n)
        t.node.cast(made, run_plain{busy});
      t.node.send_exit({}, made, exit_reason::kill());
      t.until([&] { return !t.node.whereis("racer"); });
    }
    t.until([&] { return t.node.table().alive() == before; });
    CHECK(t.node.zombies().all().empty());
    auto news = t.heard(watcher);
    while (news.size() < all.size())
      news = t.heard(watcher);
    std::vector<std::string> expected;
    for (const auto& one : all)
      expected.push_back("down " + to_string(one) + " killed");
    std::sort(expected.begin(), expected.end());
    std::sort(news.begin(), news.end());
    CHECK(news == expected);
  }
}

}  // namespace instar::test
