#include "runtime/memory_budget.hpp"

#include "tests/support/bank.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <new>
#include <string>
#include <vector>

namespace instar::test::bank {
namespace {

// Not seen through by the compiler.
std::unique_ptr<char[]> bytes(std::size_t size) {
  auto made = std::make_unique<char[]>(size);
  *static_cast<volatile char*>(made.get()) = 1;
  return made;
}

module_upgrade change_with(instance* next, value extra) {
  auto made = change_to(next);
  made.extra = std::move(extra);
  return made;
}

}  // namespace

// A sanitizer has an operator new of its own.
TEST_SUITE("runtime/memory_budget" *
           doctest::skip(!are_allocations_charged())) {
  TEST_CASE("what is allocated within a scope is charged until it is freed") {
    memory_budget budget(1 << 20);
    std::unique_ptr<char[]> kept;
    {
      const budget_scope charged(&budget);
      kept = bytes(1000);
      bytes(200'000);
    }
    CHECK(budget.used_bytes() >= 1000);
    CHECK(budget.used_bytes() < 2000);
    {
      const budget_scope credited(&budget);
      kept.reset();
    }
    CHECK(budget.used_bytes() == 0);
  }

  TEST_CASE("what does not fit fails and what is smaller may still be had") {
    memory_budget budget(100'000);
    const budget_scope charged(&budget);
    CHECK_THROWS_AS(bytes(100'001), std::bad_alloc);
    CHECK(charged.is_exceeded());
    const auto some = bytes(50'000);
    CHECK_THROWS_AS(bytes(60'000), std::bad_alloc);
    CHECK_THROWS_AS(std::vector<std::string>(50'000), std::bad_alloc);
    CHECK(bytes(10'000) != nullptr);
  }

  TEST_CASE("aligned and array forms are charged too") {
    struct alignas(64) line {
      char bytes[64];
    };
    memory_budget budget(10'000);
    const budget_scope charged(&budget);
    CHECK_THROWS_AS(std::vector<line>(1000), std::bad_alloc);
    CHECK(::operator new(20'000, std::nothrow) == nullptr);
    const auto fits = std::make_unique<line>();
    CHECK(reinterpret_cast<std::uintptr_t>(fits.get()) % 64 == 0);
  }

  TEST_CASE("without a limit or a scope nothing is charged") {
    memory_budget none;
    {
      const budget_scope charged(&none);
      bytes(100'000);
      CHECK_FALSE(charged.is_exceeded());
    }
    const budget_scope nothing(nullptr);
    CHECK(bytes(100'000) != nullptr);
    CHECK(none.used_bytes() == 0);
  }

  TEST_CASE("a scope within a scope is charged by itself") {
    memory_budget outer(1 << 20);
    memory_budget inner(1 << 20);
    std::unique_ptr<char[]> kept;
    const budget_scope one(&outer);
    {
      const budget_scope two(&inner);
      kept = bytes(5000);
    }
    CHECK(inner.used_bytes() >= 5000);
    CHECK(outer.used_bytes() == 0);
  }

  TEST_CASE(
      "a conversion that needs more than there is fails its batch alone") {
    branch t;
    std::vector<pid> all;
    for (int i = 0; i < 10; ++i)
      all.push_back(t.open_account());
    const auto attempt = [&](value extra) {
      upgrade batch(t.node, {change_with(t.add(version_2), std::move(extra))},
                    {.memory_limit_bytes = 100'000});
      return run_upgrade(batch);
    };
    const auto too_much = attempt({{"bytes", 50'000'000}});
    REQUIRE_FALSE(too_much);
    CHECK(too_much.error().code == errc::memory_limit);
    CHECK(
        too_much.error().context.starts_with("the second state of process 0."));
    CHECK(too_much.error().context.ends_with(
        " of bank does not fit: the conversions of a batch may take 100000 "
        "bytes"));
    // Each fits, all of them do not.
    const auto together = attempt({{"bytes", 20'000}});
    REQUIRE_FALSE(together);
    CHECK(together.error().code == errc::memory_limit);
    const auto hidden = attempt({{"steps_over", 50'000'000}});
    REQUIRE_FALSE(hidden);
    CHECK(hidden.error().code == errc::memory_limit);
    for (const auto& one : all) {
      CHECK(t.version_of(one) == "1.0.0");
      CHECK(t.node.call<std::string>(one, item{0, 1}).value() == "1.0.0");
    }
    CHECK(attempt({{"bytes", 1000}}));
    for (const auto& one : all)
      CHECK(t.version_of(one) == "2.0.0");
  }

  TEST_CASE("states that are prepared again are charged once") {
    branch t;
    const auto a = t.open_account();
    upgrade batch(t.node, {change_with(t.add(version_2), {{"bytes", 60'000}})},
                  {.memory_limit_bytes = 100'000});
    REQUIRE(batch.check());
    REQUIRE(batch.prepare());
    for (std::uint32_t i = 0; i < 5; ++i) {
      // Writes the state, so what was prepared is dropped.
      t.node.cast(a, item{0, i});
      t.sched.run_until_idle();
    }
    REQUIRE(batch.commit());
    REQUIRE(batch.adopt(10s));
    CHECK(t.version_of(a) == "2.0.0");
    CHECK(t.count_of(a) == 5);
  }
}

}  // namespace instar::test::bank
