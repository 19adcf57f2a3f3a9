#include "runtime/busy_judgement.hpp"

#include <doctest/doctest.h>

namespace instar {
namespace {

using namespace std::chrono_literals;

constexpr steady_time began{1h};

busy_process one(std::uint32_t index, duration patience, busy_policy policy) {
  return {pid{index, 1}, patience, policy};
}

std::vector<std::uint32_t> indices(const std::vector<pid>& of) {
  std::vector<std::uint32_t> found;
  for (const auto& who : of)
    found.push_back(who.index);
  return found;
}

std::vector<std::uint32_t> blamed(const busy_judgement& of) {
  std::vector<pid> all;
  for (const auto& each : of.blamed)
    all.push_back(each.who);
  return indices(all);
}

}  // namespace

TEST_SUITE("runtime/busy_judgement") {
  TEST_CASE("nobody is blamed before its time") {
    busy_judge judge(began);
    const auto made = judge.judge(
        {one(1, 2s, busy_policy::abort), one(2, 5s, busy_policy::restart)},
        began + 1999ms);
    CHECK(made.blamed.empty());
    CHECK(made.killed.empty());
  }

  TEST_CASE("each has its own time and what becomes of it") {
    busy_judge judge(began);
    const std::vector<busy_process> busy{one(1, 1s, busy_policy::restart),
                                         one(2, 1s, busy_policy::wait),
                                         one(3, 3s, busy_policy::abort)};
    const auto early = judge.judge(busy, began + 1s);
    CHECK(indices(early.killed) == std::vector<std::uint32_t>{1});
    CHECK(early.blamed.empty());
    const auto late = judge.judge(busy, began + 3s);
    CHECK(blamed(late) == std::vector<std::uint32_t>{3});
    // Nobody is killed for an upgrade that does not happen.
    CHECK(late.killed.empty());
  }

  TEST_CASE("who waits may wait for ever") {
    busy_judge judge(began);
    const auto made =
        judge.judge({one(1, 1ms, busy_policy::wait)}, began + 1000h);
    CHECK(made.blamed.empty());
    CHECK(made.killed.empty());
  }

  TEST_CASE("who was killed gets a while to end and others are killed then") {
    busy_judge judge(began);
    const std::vector<busy_process> busy{one(1, 1s, busy_policy::restart)};
    auto now = began + 1s;
    for (int round = 0; round < busy_judge::kill_rounds; ++round) {
      CAPTURE(round);
      CHECK(judge.judge(busy, now).killed.size() == 1);
      judge.note_killed(now);
      const auto meanwhile =
          judge.judge(busy, now + busy_judge::kill_window - 1ms);
      CHECK(meanwhile.killed.empty());
      CHECK(meanwhile.blamed.empty());
      now += busy_judge::kill_window;
    }
    CHECK(blamed(judge.judge(busy, now)) == std::vector<std::uint32_t>{1});
  }

  TEST_CASE("a kill that is under way does not excuse the others") {
    busy_judge judge(began);
    judge.note_killed(began + 1s);
    const auto made = judge.judge(
        {one(1, 1s, busy_policy::restart), one(2, 1s, busy_policy::abort)},
        began + 1100ms);
    CHECK(blamed(made) == std::vector<std::uint32_t>{2});
  }

  TEST_CASE("a process counts over its module and that over the installation") {
    const upgrade_limits process{{}, 7ms, busy_policy::wait};
    const upgrade_limits module{20ms, 70ms, busy_policy::restart};
    const upgrade_limits installation{200ms, 700ms, busy_policy::abort};
    const auto all = over(over(process, module), installation);
    CHECK(all == upgrade_limits{20ms, 7ms, busy_policy::wait});
    CHECK(over(over({}, {}), installation) == installation);
  }
}

}  // namespace instar
