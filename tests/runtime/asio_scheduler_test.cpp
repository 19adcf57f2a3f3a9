// The node on real threads: what a stepped test cannot show.
#include "tests/support/real_node.hpp"

#include <atomic>
#include <latch>
#include <thread>

namespace instar::test {
namespace {

constexpr auto long_enough = 1min;

}  // namespace

TEST_SUITE("runtime/asio_scheduler") {
  TEST_CASE("many processes on several workers are all served") {
    real_node t(4);
    constexpr int count = 60;
    constexpr int rounds = 60;
    std::vector<pid> all;
    for (int i = 0; i < count; ++i)
      all.push_back(t.start_probe());
    std::latch done(count);
    std::atomic<int> answered{0};
    for (int i = 0; i < count; ++i) {
      t.run_task_in(
          all[static_cast<std::size_t>(i)],
          [&, i](probe_state&) -> task<std::string> {
            // Always the next ones, so nobody waits in a circle.
            for (int k = 0; k < rounds && i + 1 < count; ++k) {
              const auto to =
                  static_cast<std::size_t>(i + 1 + k % (count - i - 1));
              const auto got = co_await call(all[to], make<ask>("x"), 1min);
              answered += got ? 1 : 0;
              cast(all[to], make<say>("y"));
            }
            done.count_down();
            co_return "";
          });
    }
    done.wait();
    CHECK(answered == (count - 1) * rounds);
    std::size_t heard = 0;
    for (const auto& one : all) {
      const auto state = sys::get_state(t.node, one, long_enough);
      REQUIRE(state);
      // The casts on their way are behind one more call.
      REQUIRE(t.node.call<std::string>(one, ask{"last"}, long_enough));
      const auto after = sys::get_state(t.node, one, long_enough);
      REQUIRE(after);
      heard += after->at("heard").as_array().size() - 1;
    }
    CHECK(heard == 2 * (count - 1) * rounds);
  }

  TEST_CASE("messages of one sender keep their order on many workers") {
    real_node t(4);
    const auto receiver = t.start_probe();
    constexpr int senders = 4;
    constexpr int count = 2000;
    std::vector<std::thread> threads;
    for (int i = 0; i < senders; ++i) {
      threads.emplace_back([&, i] {
        for (int k = 0; k < count; ++k)
          t.node.cast(receiver,
                      say{std::to_string(i) + " " + std::to_string(k)});
      });
    }
    for (auto& one : threads)
      one.join();
    REQUIRE(t.node.call<std::string>(receiver, ask{"done"}, long_enough));
    const auto state = sys::get_state(t.node, receiver, long_enough);
    REQUIRE(state);
    std::vector<int> next(senders, 0);
    for (const auto& one : state->at("heard").as_array()) {
      const std::string text(one.as_string());
      if (!text.starts_with("cast "))
        continue;
      const auto sender = static_cast<std::size_t>(text[5] - '0');
      CHECK(std::stoi(text.substr(7)) == next[sender]++);
    }
    for (const auto one : next)
      CHECK(one == count);
  }

  TEST_CASE("handlers that block every worker stop no other process") {
    real_node t(2);
    std::latch blocked(3);
    std::latch release(1);
    std::vector<pid> stuck;
    for (int i = 0; i < 3; ++i) {
      stuck.push_back(t.start_probe());
      t.run_in(stuck.back(), [&](probe_state&, const from&) {
        blocked.count_down();
        release.wait();
      });
    }
    blocked.wait();
    const auto other = t.start_probe();
    for (int i = 0; i < 100; ++i)
      CHECK(t.node.call<std::string>(other, ask{"x"}, long_enough));
    // Timers too.
    std::latch fired(1);
    t.run_in(other, [&](probe_state&, const from&) {
      send_after(1ms, self(),
                 run_plain{add_function(plain_function(
                     [&](probe_state&, const from&) { fired.count_down(); }))});
    });
    fired.wait();
    release.count_down();
    for (const auto& one : stuck)
      CHECK(t.node.call<std::string>(one, ask{"x"}, long_enough));
  }

  TEST_CASE("workers tell what they run and for how long") {
    real_node t(2);
    std::latch reached(1);
    std::latch release(1);
    const auto busy = t.start_probe();
    t.run_in(busy, [&](probe_state&, const from&) {
      reached.count_down();
      release.wait();
    });
    reached.wait();
    const auto now = t.sched.status();
    CHECK(now.wanted_workers == 2);
    REQUIRE(now.workers.size() >= 2);
    int found = 0;
    for (const auto& one : now.workers) {
      CHECK(one.age > duration{});
      CHECK(one.processor_time <= one.age);
      if (one.running != busy)
        continue;
      ++found;
      CHECK(one.activity != worker_activity::idle);
      CHECK(one.turns > 0);
      CHECK(one.processor_time > duration{});
    }
    CHECK(found == 1);
    release.count_down();
    REQUIRE(t.node.call<std::string>(busy, ask{"x"}, long_enough));
    t.sched.stop();
    CHECK(t.sched.status().workers.empty());
  }

  TEST_CASE("what a blocked handler made runnable is run by others") {
    real_node t(2);
    std::latch release(1);
    std::latch reached(1);
    const auto next = t.start_probe();
    const auto stuck = t.start_probe();
    t.run_in(stuck, [&](probe_state&, const from&) {
      cast(
          next,
          run_plain{add_function(plain_function([&](probe_state&, const from&) {
            reached.count_down();
            release.count_down();
          }))});
      release.wait();
    });
    reached.wait();
    CHECK(t.node.call<std::string>(stuck, ask{"x"}, long_enough));
  }

  TEST_CASE("timers fire in order and none is lost on real threads") {
    real_node t(3);
    const auto p = t.start_probe();
    constexpr int count = 200;
    std::latch done(count);
    std::atomic<int> early{0};
    t.run_in(p, [&](probe_state&, const from&) {
      for (int i = 0; i < count; ++i) {
        const auto due = std::chrono::steady_clock::now() +
                         std::chrono::microseconds((i * 7919) % 20000);
        send_after(std::chrono::microseconds((i * 7919) % 20000), self(),
                   run_plain{add_function(
                       plain_function([&, due](probe_state&, const from&) {
                         if (std::chrono::steady_clock::now() < due)
                           ++early;
                         done.count_down();
                       }))});
      }
    });
    done.wait();
    CHECK(early == 0);
  }

  TEST_CASE("calls that time out and answers that come late do not meet") {
    real_node t(4);
    const auto server = t.start_probe();
    constexpr int clients = 8;
    std::latch done(clients);
    std::atomic<int> wrong{0};
    for (int i = 0; i < clients; ++i) {
      t.run_task_in(t.start_probe(), [&, i](probe_state&) -> task<std::string> {
        for (int k = 0; k < 200; ++k) {
          const auto text = std::to_string(i) + "." + std::to_string(k);
          const auto got = co_await call(
              server, make<ask>(text),
              std::chrono::microseconds(k % 2 == 0 ? 20 : 10'000'000));
          if (got ? *got != "got " + text
                  : got.error().code != make_error_code(errc::timeout))
            ++wrong;
        }
        done.count_down();
        co_return "";
      });
    }
    done.wait();
    CHECK(wrong == 0);
  }

  TEST_CASE("births deaths and messages to the dead go together") {
    real_node t(4);
    constexpr int breeders = 4;
    constexpr int rounds = 150;
    std::latch done(breeders);
    std::atomic<int> downs{0};
    for (int i = 0; i < breeders; ++i) {
      std::thread([&, i] {
        for (int k = 0; k < rounds; ++k) {
          spawn_options options;
          options.start.module = "probe";
          options.name = "name_" + std::to_string(k % 5);
          const auto made = t.node.spawn(std::move(options));
          if (!made) {
            t.node.send_exit({},
                             t.node.whereis("name_" + std::to_string(k % 5)),
                             exit_reason::kill());
            continue;
          }
          t.node.cast(*made, say{"a"});
          t.run_in(*made, [&](probe_state&, const from&) {
            const auto other = whereis("name_" + std::to_string(i));
            if (other) {
              monitor(other);
              link(other);
              cast(other, make<say>("b"));
            }
          });
          if (k % 3 == 0)
            t.node.send_exit({}, *made, exit_reason::error("x"));
          if (k % 3 == 1)
            t.node.send_exit({}, *made, exit_reason::kill());
          t.node.cast(*made, say{"to the dead"});
          const auto answer =
              t.node.call<std::string>(*made, ask{"c"}, long_enough);
          if (!answer && answer.error().code != make_error_code(errc::noproc))
            ++downs;
        }
        done.count_down();
      }).detach();
    }
    done.wait();
    CHECK(downs == 0);
    t.node.stop();
    CHECK(t.node.table().alive() == 0);
  }

  TEST_CASE("a node with processes that wait stops at once") {
    real_node t(2);
    const auto silent = t.start_probe();
    const auto keep_quiet =
        add_function(plain_function([](probe_state&, const from&) {}));
    for (int i = 0; i < 50; ++i) {
      t.run_task_in(t.start_probe(), [=](probe_state&) -> task<std::string> {
        (void)co_await call(silent, run_plain{keep_quiet}, 1h);
        co_return "";
      });
    }
    const auto began = std::chrono::steady_clock::now();
    t.node.stop();
    CHECK(t.node.table().alive() == 0);
    CHECK(std::chrono::steady_clock::now() - began < 5s);
  }
}

}  // namespace instar::test
