#include "runtime/conversion_limits.hpp"

#include <doctest/doctest.h>

namespace instar {
namespace {

using namespace std::chrono_literals;

constexpr steady_time began{1h};

}  // namespace

TEST_SUITE("runtime/conversion_limits") {
  TEST_CASE("each conversion has a limit of its own from its begin on") {
    conversion_limits limits;
    limits.begin_wave(began, 10s, 1s);
    auto& first = limits.add_job();
    auto& second = limits.add_job();
    first.begin(pid{1, 1}, began, 10s);
    second.begin(pid{2, 1}, began + 500ms, 1s);
    CHECK(limits.next_look(began + 900ms) == began + 1500ms);
    CHECK(limits.who_is_late(began + 1499ms).empty());
    CHECK(limits.who_is_late(began + 1500ms) ==
          "the code_change of " + to_string(pid{2, 1}) +
              " did not return within 1000 ms");
    second.end();
    CHECK(limits.who_is_late(began + 1500ms).empty());
  }

  TEST_CASE("all together may take as long as the longest limit") {
    conversion_limits limits;
    limits.begin_wave(began, 10s, 1s);
    CHECK(limits.who_is_late(began + 9s).empty());
    CHECK(limits.who_is_late(began + 10s) ==
          "the code_change of a process did not return within 10000 ms");
  }

  TEST_CASE("a limit of a process counts from now on") {
    conversion_limits limits;
    limits.begin_wave(began, 5s, 5s);
    CHECK_FALSE(limits.take_new());
    auto& job = limits.add_job();
    job.begin(pid{1, 1}, began, 20ms);
    limits.note_own(20ms);
    CHECK(limits.take_new());
    CHECK_FALSE(limits.take_new());
    CHECK(limits.next_look(began) == began + 20ms);
    job.end();
    job.begin(pid{3, 1}, began, 60s);
    limits.note_own(60s);
    CHECK(limits.who_is_late(began + 59s).empty());
  }
}

}  // namespace instar
