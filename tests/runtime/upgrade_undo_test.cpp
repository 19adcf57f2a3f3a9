// What a batch that fails or is given up leaves: everything as it was.
#include "tests/support/bank.hpp"

namespace instar::test::bank {
namespace {

bool has_prepared(branch& t, pid p) {
  return t.node.table().find_alive(p)->raw_box().prepared_state != nullptr;
}

}  // namespace

TEST_SUITE("runtime/upgrade_undo_test") {
  TEST_CASE(
      "a conversion that throws leaves every old state and all serve on") {
    for_seeds(100, [](std::uint64_t seed) {
      branch t(seed);
      std::vector<pid> all;
      for (int i = 0; i < 10; ++i)
        all.push_back(t.open_account());
      const bool before_prepare = seed % 2 == 0;
      const auto spoil = [&] {
        t.node.cast(all[seed % 10], poison{true});
        t.node.cast(all[3], item{1, 1});
      };
      upgrade batch(t.node, {change_to(t.add(version_2))}, {});
      REQUIRE(batch.check());
      if (before_prepare) {
        spoil();
        t.sched.run_until_idle();
      } else {
        // After the states have been prepared: only the last look finds it.
        REQUIRE(batch.prepare());
        spoil();
        t.sched.run_until_idle();
      }
      const auto done = before_prepare ? batch.prepare() : batch.commit();
      REQUIRE_FALSE(done);
      CHECK(done.error().code == errc::code_change_failed);
      CHECK(done.error().context == "code_change of bank in process " +
                                        to_string(all[seed % 10]) +
                                        " failed: poisoned");
      t.sched.run_until_idle();
      for (std::size_t i = 0; i < all.size(); ++i) {
        CHECK(t.version_of(all[i]) == "1.0.0");
        CHECK_FALSE(has_prepared(t, all[i]));
        const auto answer = t.node.call<std::string>(all[i], item{2, 1});
        REQUIRE(answer);
        CHECK(*answer == "1.0.0");
        CHECK(t.count_of(all[i]) == (i == 3 ? 2 : 1));
      }
      CHECK(t.node.code().current("bank") == t.first);
      CHECK(t.first->change.load() == nullptr);
      // And the next one succeeds.
      t.node.cast(all[seed % 10], poison{false});
      t.sched.run_until_idle();
      upgrade again(t.node, {change_to(t.add(version_2))}, {});
      REQUIRE(run_upgrade(again));
      for (const auto& one : all)
        CHECK(t.version_of(one) == "2.0.0");
      CHECK(t.sched.missed_notifies() == 0);
    });
  }

  TEST_CASE("an undo leaves no prepared state") {
    for_seeds(50, [](std::uint64_t seed) {
      branch t(seed);
      std::vector<pid> all;
      for (int i = 0; i < 8; ++i)
        all.push_back(t.open_account());
      {
        upgrade batch(t.node, {change_to(t.add(version_2))}, {});
        REQUIRE(batch.check());
        REQUIRE(batch.prepare());
        for (const auto& one : all)
          CHECK(has_prepared(t, one));
        t.node.cast(all[seed % 8], item{0, 1});
        for (auto i = seed % 5; i > 0; --i)
          t.sched.step();
        if (seed % 2 == 0)
          batch.undo();
      }
      for (const auto& one : all)
        CHECK_FALSE(has_prepared(t, one));
      CHECK(t.first->change.load() == nullptr);
      t.sched.run_until_idle();
      CHECK(t.count_of(all[seed % 8]) == 1);
      CHECK(t.sched.missed_notifies() == 0);
    });
  }

  TEST_CASE("a cancelled batch is undone") {
    branch t;
    const auto silent = t.start_probe();
    const auto keep_quiet =
        add_function(plain_function([](probe_state&, const from&) {}));
    const auto a = t.open_account();
    t.run_in(a, [=](probe_state&) -> task<std::string> {
      (void)co_await call(silent, run_plain{keep_quiet}, 1h);
      co_return "";
    });
    upgrade batch(t.node, {change_to(t.add(version_2))}, {});
    batch.is_cancelled = [] { return true; };
    REQUIRE(batch.check());
    REQUIRE(batch.prepare());
    const auto done = batch.commit();
    REQUIRE_FALSE(done);
    CHECK(done.error().code == errc::not_quiet);
    CHECK(batch.report().attempts == 1);
    CHECK(t.first->change.load() == nullptr);
  }
}

}  // namespace instar::test::bank
