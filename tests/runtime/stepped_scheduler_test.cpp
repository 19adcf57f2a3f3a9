#include "tests/support/stepped_scheduler.hpp"

#include <doctest/doctest.h>

#include <set>
#include <vector>

namespace instar::test {

using namespace std::chrono_literals;

TEST_SUITE("runtime/stepped_scheduler") {
  TEST_CASE("without a seed jobs run in the order of their posting") {
    stepped_scheduler sched;
    std::vector<int> order;
    for (int i = 0; i < 20; ++i)
      sched.post([&order, i] { order.push_back(i); });
    sched.run_until_idle();
    CHECK(std::is_sorted(order.begin(), order.end()));
    CHECK(order.size() == 20);
  }

  TEST_CASE("a seed decides the order and two seeds differ") {
    const auto order_of = [](std::uint64_t seed) {
      stepped_scheduler sched(seed);
      std::vector<int> order;
      for (int i = 0; i < 20; ++i)
        sched.post([&order, i] { order.push_back(i); });
      sched.run_until_idle();
      return order;
    };
    CHECK(order_of(1) == order_of(1));
    CHECK(order_of(1) != order_of(2));
  }

  TEST_CASE("the clock moves only where the test says so") {
    stepped_scheduler sched;
    int fired = 0;
    sched.on_timer = [&] { ++fired; };
    const auto began = sched.now();
    sched.set_timer(began + 10ms);
    sched.run_until_idle();
    CHECK(fired == 0);
    CHECK(sched.now() == began);
    sched.advance(9ms);
    CHECK(fired == 0);
    sched.advance(1ms);
    CHECK(fired == 1);
    CHECK(sched.now() == began + 10ms);
  }

  TEST_CASE("a wait steps until it is told and else to its deadline") {
    stepped_scheduler sched;
    bool done = false;
    sched.post([&] {
      done = true;
      sched.notify();
    });
    const auto began = sched.now();
    CHECK(sched.wait([&] { return done; }, began + 1s));
    CHECK(sched.now() == began);
    CHECK_FALSE(sched.wait([] { return false; }, began + 1s));
    CHECK(sched.now() == began + 1s);
    CHECK(sched.missed_notifies() == 0);
  }

  TEST_CASE("a wait that nobody notified is counted") {
    stepped_scheduler sched;
    bool done = false;
    sched.post([&] { done = true; });
    CHECK(sched.wait([&] { return done; }, sched.now() + 1s));
    CHECK(sched.missed_notifies() == 1);
  }
}

}  // namespace instar::test
