// What a dynamic child costs its supervisor does not grow with their number.
#include "runtime/external_calls.hpp"
#include "runtime/memory_budget.hpp"
#include "tests/support/test_supervisor.hpp"

#include <algorithm>

namespace instar::test {
namespace {

/// Of `n` children of one simple_one_for_one.
struct costs {
  std::uint64_t start_steps = 0;
  std::uint64_t stop_steps = 0;
  std::uint64_t shutdown_steps = 0;
  /// Of everything: processes, states, the supervisor's table.
  std::int64_t bytes = 0;
};

costs costs_of(std::size_t n) {
  test_node t;
  t.load(test_supervisor_module);
  supervisor_spec spec;
  spec.strategy = restart_strategy::simple_one_for_one;
  auto& child = spec.children.emplace_back();
  child.id = "probe";
  child.start.module = "probe";
  child.start.args = boost::json::object{};
  child.restart = restart_type::temporary;
  const auto supervisor = t.start("test_sup", add_spec(spec));
  costs found;
  std::vector<pid> all;
  all.reserve(n);
  const auto start_all = [&] {
    all.clear();
    for (std::size_t i = 0; i < n; ++i) {
      const auto reply =
          t.node.call<child_reply>(supervisor, start_dynamic_child{});
      REQUIRE(reply);
      REQUIRE(reply->error.empty());
      all.push_back(reply->child);
    }
    t.sched.run_until_idle();
  };
  const auto steps_of = [&](auto what) {
    const auto before = t.sched.steps();
    what();
    return t.sched.steps() - before;
  };
  const auto alive_before = t.node.table().alive();

  memory_budget budget(std::size_t{1} << 40);
  {
    const budget_scope charged(&budget);
    found.start_steps = steps_of(start_all);
  }
  found.bytes = budget.used_bytes();
  REQUIRE(t.node.table().alive() == alive_before + n);
  found.stop_steps = steps_of([&] {
    for (const auto one : all) {
      const auto reply =
          t.node.call<child_reply>(supervisor, terminate_child{{}, one});
      REQUIRE(reply);
      REQUIRE(reply->error.empty());
    }
    t.sched.run_until_idle();
  });
  REQUIRE(t.node.table().alive() == alive_before);
  start_all();
  found.shutdown_steps = steps_of([&] {
    t.node.send_exit(external_pid, supervisor, exit_reason::shutdown());
    t.sched.run_until_idle();
  });
  CHECK(t.node.table().alive() == alive_before - 1);
  return found;
}

/// Whether twenty times as many cost no more than that, and a tenth.
bool grows_evenly(std::uint64_t few, std::uint64_t many) {
  return many <= few * 22;
}

}  // namespace

TEST_SUITE("runtime/supervisor_scale") {
  TEST_CASE("one of 20000 dynamic children costs what one of 1000 does") {
    const auto few = costs_of(1000);
    const auto many = costs_of(20'000);
    CAPTURE(few.start_steps);
    CAPTURE(many.start_steps);
    CHECK(grows_evenly(few.start_steps, many.start_steps));
    CAPTURE(few.stop_steps);
    CAPTURE(many.stop_steps);
    CHECK(grows_evenly(few.stop_steps, many.stop_steps));
    CAPTURE(few.shutdown_steps);
    CAPTURE(many.shutdown_steps);
    CHECK(grows_evenly(few.shutdown_steps, many.shutdown_steps));
    // A sanitizer has an operator new of its own.
    if (are_allocations_charged()) {
      // Slots come in slabs, so few children may have got theirs for nothing.
      CHECK(many.bytes / 20'000 > 100);
      CHECK(many.bytes / 20'000 < 1024);
    }
  }
}

}  // namespace instar::test
