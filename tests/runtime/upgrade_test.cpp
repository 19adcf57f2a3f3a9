// One batch: who is converted, who is owned anew, what is refused.
#include "tests/support/bank.hpp"

namespace instar::test::bank {
TEST_SUITE("runtime/upgrade_test") {
  TEST_CASE("states are converted and adopted and the report counts them") {
    for_seeds(50, [](std::uint64_t seed) {
      branch t(seed);
      std::vector<pid> all;
      for (std::uint32_t i = 0; i < 20; ++i) {
        all.push_back(t.open_account());
        for (std::uint32_t k = 0; k < i; ++k)
          t.node.cast(all.back(), item{0, k + 1});
      }
      t.sched.run_until_idle();
      auto wanted = change_to(t.add(version_2));
      wanted.extra = 7;
      upgrade batch(t.node, {wanted}, {});
      REQUIRE(run_upgrade(batch));
      CHECK(batch.report().processes == 20);
      CHECK(batch.report().by_module.at("bank") == 20);
      CHECK(batch.report().attempts == 1);
      for (std::size_t i = 0; i < all.size(); ++i) {
        const auto state = sys::get_state(t.node, all[i]);
        REQUIRE(state);
        CHECK(*state ==
              value(boost::json::object{
                  {"note", "1.0.0 to 2.0.0"}, {"count", i}, {"by", 7}}));
        CHECK(t.version_of(all[i]) == "2.0.0");
      }
      CHECK(t.first->box_count.load() == 0);
      CHECK(t.version_of(t.open_account()) == "2.0.0");
      CHECK(t.sched.missed_notifies() == 0);
    });
  }

  TEST_CASE("messages that wait are handled by the new code in their order") {
    for_seeds(50, [](std::uint64_t seed) {
      branch t(seed);
      const auto a = t.open_account();
      REQUIRE(sys::suspend(t.node, a));
      for (std::uint32_t i = 1; i <= 4; ++i)
        i % 2 == 0 ? t.node.cast(a, item{0, i}) : t.node.send(a, item{0, i});
      upgrade batch(t.node, {change_to(t.add(version_2))}, {});
      REQUIRE(run_upgrade(batch));
      // Suspended by an operator, converted, and still suspended.
      t.sched.run_until_idle();
      CHECK(history(a).empty());
      CHECK(t.version_of(a) == "2.0.0");
      const auto status = sys::get_status(t.node, a);
      REQUIRE(status);
      CHECK(status->at("status") == "suspended");
      REQUIRE(sys::resume(t.node, a));
      t.sched.run_until_idle();
      CHECK(history(a) == "2.0.0 i1 s2 i3 s4");
    });
  }

  TEST_CASE("a layout that no conversion fits is refused with its field") {
    branch t;
    t.open_account();
    upgrade converted(t.node, {change_to(t.add(version_3))}, {});
    const auto done = converted.check();
    REQUIRE_FALSE(done);
    CHECK(done.error().code == errc::layout_mismatch);
    CHECK(done.error().context.find("neither version has a code_change") !=
          std::string::npos);
    auto soft = change_to(t.add(version_2));
    soft.is_converted = false;
    upgrade reowned(t.node, {soft}, {});
    const auto refused = reowned.check();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::layout_mismatch);
    CHECK(refused.error().context.find("bank 2.0.0 keeps another state than "
                                       "1.0.0: ") == 0);
  }

  TEST_CASE("without a process a state of another layout hinders nobody") {
    branch t;
    auto soft = change_to(t.add(version_3));
    soft.is_converted = false;
    upgrade batch(t.node, {soft}, {});
    REQUIRE(run_upgrade(batch));
    const auto a = t.open_account();
    CHECK(t.version_of(a) == "3.0.0");
  }

  TEST_CASE("a process born after the check is not forgotten") {
    // Refused, because its state could not go over.
    for_seeds(30, [](std::uint64_t seed) {
      branch t(seed);
      auto soft = change_to(t.add(version_3));
      soft.is_converted = false;
      upgrade batch(t.node, {soft}, {});
      REQUIRE(batch.check());
      const auto a = t.open_account();
      REQUIRE(batch.prepare());
      const auto done = batch.commit();
      REQUIRE_FALSE(done);
      CHECK(done.error().code == errc::layout_mismatch);
      CHECK(t.version_of(a) == "1.0.0");
      CHECK(t.node.call<std::string>(a, item{0, 1}));
    });
  }

  TEST_CASE("equal layouts are owned by the new code without a conversion") {
    for_seeds(30, [](std::uint64_t seed) {
      branch t(seed);
      const auto a = t.open_account();
      t.node.cast(a, item{0, 1});
      t.sched.run_until_idle();
      upgrade up(t.node, {change_to(t.add(version_2))}, {});
      REQUIRE(run_upgrade(up));
      auto soft = change_to(t.add(version_2_1));
      soft.is_converted = soft.is_suspended = false;
      upgrade load(t.node, {soft}, {});
      REQUIRE(run_upgrade(load));
      CHECK(t.version_of(a) == "2.0.1");
      t.node.cast(a, item{0, 2});
      t.sched.run_until_idle();
      CHECK(t.count_of(a) == 2);
      CHECK(history(a) == "1.0.0 s1 2.0.1 s2");
    });
  }

  TEST_CASE("states go up and down and up again") {
    for_seeds(30, [](std::uint64_t seed) {
      branch t(seed);
      const auto a = t.open_account();
      const auto b = t.open_account();
      auto* second = t.add(version_2);
      for (std::uint32_t round = 0; round < 3; ++round) {
        t.node.cast(a, item{0, round + 1});
        upgrade up(t.node, {change_to(second)}, {});
        REQUIRE(run_upgrade(up));
        CHECK(t.version_of(a) == "2.0.0");
        CHECK(t.version_of(b) == "2.0.0");
        t.node.cast(b, item{0, round + 1});
        upgrade down(t.node, {change_to(t.first, direction::down)}, {});
        REQUIRE(run_upgrade(down));
        CHECK(t.version_of(a) == "1.0.0");
        CHECK(t.version_of(b) == "1.0.0");
      }
      t.sched.run_until_idle();
      CHECK(t.count_of(a) == 3);
      CHECK(t.count_of(b) == 3);
    });
  }

  TEST_CASE("what is written after the preparation is not lost") {
    for_seeds(50, [](std::uint64_t seed) {
      branch t(seed);
      const auto a = t.open_account();
      const auto b = t.open_account();
      upgrade batch(t.node, {change_to(t.add(version_2))}, {});
      REQUIRE(batch.check());
      REQUIRE(batch.prepare());
      REQUIRE(
          sys::replace_state(t.node, a, boost::json::object{{"count", 41}}));
      t.node.cast(a, item{0, 1});
      t.node.cast(b, item{0, 1});
      for (auto i = seed % 6; i > 0; --i)
        t.sched.step();
      REQUIRE(batch.commit());
      REQUIRE(batch.adopt(10s));
      t.sched.run_until_idle();
      CHECK(t.count_of(a) == 42);
      CHECK(t.count_of(b) == 1);
    });
  }

  TEST_CASE("a batch whose adoption nobody awaited does not hinder the next") {
    for_seeds(50, [](std::uint64_t seed) {
      branch t(seed);
      const auto a = t.open_account();
      const auto b = t.open_account();
      auto* second = t.add(version_2);
      {
        upgrade up(t.node, {change_to(second)}, {});
        REQUIRE(up.check());
        REQUIRE(up.prepare());
        REQUIRE(up.commit());
        upgrade early(t.node, {change_to(t.first, direction::down)}, {});
        const auto done = early.check();
        REQUIRE_FALSE(done);
        CHECK(done.error().code == errc::adopting);
      }
      t.node.cast(a, item{0, 1});
      t.sched.run_until_idle();
      upgrade down(t.node, {change_to(t.first, direction::down)}, {});
      REQUIRE(run_upgrade(down));
      CHECK(t.version_of(a) == "1.0.0");
      CHECK(t.version_of(b) == "1.0.0");
      CHECK(history(a) == "2.0.0 s1");
    });
  }
}

}  // namespace instar::test::bank
