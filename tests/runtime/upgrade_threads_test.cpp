// Upgrades on real threads, in the midst of messages.
#include "tests/support/bank.hpp"
#include "tests/support/real_node.hpp"
#include "tests/support/senders.hpp"

#include <atomic>
#include <latch>
#include <thread>

namespace instar::test::bank {
namespace {

constexpr auto long_enough = 1min;

}  // namespace

TEST_SUITE("runtime/upgrade_threads_test") {
  TEST_CASE("accounts are upgraded up and down while threads send to them") {
    real_node t(3);
    ledger().clear();
    auto* first = t.load(version_1);
    std::vector<pid> all;
    for (int i = 0; i < 20; ++i)
      all.push_back(t.start("bank"));
    constexpr int threads = 2;
    constexpr int rounds = 20;
    std::atomic<int> sends{0};
    std::vector<std::vector<std::uint32_t>> sent(
        threads, std::vector<std::uint32_t>(all.size(), 0));
    std::atomic<int> failed{0};
    {
      senders traffic(threads, [&](int sender) {
        auto& mine = sent[static_cast<std::size_t>(sender)];
        for (std::size_t i = 0; i < all.size(); ++i) {
          const auto me = static_cast<std::uint32_t>(sender + 1);
          if (mine[i] % 3 == 2) {
            const auto got = t.node.call<std::string>(
                all[i], item{me, ++mine[i]}, long_enough);
            if (!got)
              ++failed;
          } else {
            t.node.cast(all[i], item{me, ++mine[i]});
          }
        }
        ++sends;
      });
      auto made = t.node.code().add_builtin(version_2);
      REQUIRE(made);
      for (int round = 0; round < rounds; ++round) {
        const bool up = round % 2 == 0;
        for (const auto before = sends.load(); sends < before + 30;)
          std::this_thread::yield();
        upgrade batch(t.node,
                      {change_to(up ? *made : first,
                                 up ? direction::up : direction::down)},
                      {});
        REQUIRE(run_upgrade(batch));
      }
      traffic.stop();
    }
    CHECK(failed == 0);
    for (std::size_t i = 0; i < all.size(); ++i) {
      // Behind everything that is still on its way.
      const auto version =
          t.node.call<std::string>(all[i], item{99, 1}, long_enough);
      REQUIRE(version);
      CHECK(*version == "1.0.0");
      std::vector<std::uint32_t> last(threads + 1, 0);
      std::int64_t counted = 0;
      int switches = 0;
      std::string vsn = "1.0.0";
      for (const auto& one : ledger()[all[i]]) {
        ++counted;
        switches += one.vsn == vsn ? 0 : 1;
        vsn = one.vsn;
        if (one.sender != 99)
          CHECK(one.number == ++last[one.sender]);
      }
      CHECK(switches <= rounds);
      for (int s = 0; s < threads; ++s) {
        CHECK(last[static_cast<std::size_t>(s) + 1] ==
              sent[static_cast<std::size_t>(s)][i]);
      }
      const auto state = sys::get_state(t.node, all[i], long_enough);
      REQUIRE(state);
      CHECK(state->at("count").to_number<std::int64_t>() == counted);
    }
    CHECK(t.node.crash_count() == 0);
  }

  TEST_CASE(
      "upgrades that are given up amid traffic leave old code and states") {
    real_node t(3);
    ledger().clear();
    auto* first = t.load(version_1);
    std::vector<pid> all;
    for (int i = 0; i < 10; ++i)
      all.push_back(t.start("bank"));
    std::atomic<std::uint32_t> sent{0};
    auto made = t.node.code().add_builtin(version_2);
    REQUIRE(made);
    {
      senders traffic(2, [&](int sender) {
        if (sender == 0) {
          for (const auto& one : all)
            t.node.cast(one, item{1, ++sent});
          (void)t.node.call<std::string>(all[0], item{2, 1}, long_enough);
        } else {
          // New boxes while the batch comes and goes.
          spawn_options options;
          options.start.module = "bank";
          const auto born = t.node.spawn(std::move(options));
          if (born)
            t.node.send_exit({}, *born, exit_reason::kill());
        }
      });
      for (std::size_t round = 0; round < 60; ++round) {
        const auto& spoiled = all[round % all.size()];
        upgrade batch(t.node, {change_to(*made)}, {});
        REQUIRE(batch.check());
        if (round % 3 == 0)
          t.node.cast(spoiled, poison{true});
        if (round % 3 == 1) {
          REQUIRE(batch.prepare());
          continue;
        }
        const auto prepared = batch.prepare();
        if (prepared && round % 3 == 0) {
          t.node.cast(spoiled, poison{true});
          REQUIRE(t.node.call<std::string>(spoiled, item{3, 1}, long_enough));
          CHECK_FALSE(batch.commit());
        }
        t.node.cast(spoiled, poison{false});
        REQUIRE(t.node.call<std::string>(spoiled, item{3, 1}, long_enough));
      }
      traffic.stop();
    }
    CHECK(first->change.load() == nullptr);
    for (const auto& one : all) {
      REQUIRE(t.node.call<std::string>(one, item{3, 1}, long_enough));
      const auto state = sys::get_state(t.node, one, long_enough);
      REQUIRE(state);
      const auto& seen = ledger()[one];
      CHECK(state->at("count").to_number<std::size_t>() == seen.size());
      for (const auto& each : seen)
        CHECK(each.vsn == "1.0.0");
    }
    CHECK(t.node.crash_count() == 0);
  }

  TEST_CASE("accounts that pass tokens to each other are upgraded meanwhile") {
    real_node t(3);
    ledger().clear();
    t.load(version_1);
    t.load(relay);
    std::vector<pid> way;
    for (int i = 0; i < 6; ++i) {
      way.push_back(t.start("bank"));
      way.push_back(t.start("relay"));
    }
    std::atomic<int> failed{0};
    std::atomic<int> passed{0};
    auto made = t.node.code().add_builtin(version_2);
    REQUIRE(made);
    {
      senders traffic(2, [&](int sender) {
        const std::vector<pid> rest(way.begin() + 1 + sender, way.end());
        const auto got = t.node.call<std::string>(
            way[static_cast<std::size_t>(sender)], token{rest}, long_enough);
        ++passed;
        if (!got || got->find("timeout") != std::string::npos ||
            got->find("noproc") != std::string::npos)
          ++failed;
      });
      while (passed < 20)
        std::this_thread::yield();
      upgrade batch(t.node, {change_to(*made)}, {});
      REQUIRE(run_upgrade(batch));
      const auto at_upgrade = passed.load();
      while (passed < at_upgrade + 20)
        std::this_thread::yield();
      traffic.stop();
    }
    CHECK(failed == 0);
    CHECK(t.node.crash_count() == 0);
    const auto last = t.node.call<std::string>(way[0], token{}, long_enough);
    REQUIRE(last);
    CHECK(*last == "2.0.0");
  }

  TEST_CASE("accounts are born and die while upgrades go on") {
    real_node t(3);
    ledger().clear();
    auto* first = t.load(version_1);
    auto made = t.node.code().add_builtin(version_2);
    REQUIRE(made);
    std::atomic<int> born_count{0};
    {
      senders traffic(2, [&](int sender) {
        spawn_options options;
        options.start.module = "bank";
        const auto born = t.node.spawn(std::move(options));
        if (!born)
          return;
        ++born_count;
        t.node.cast(*born, item{1, 1});
        if (sender == 0) {
          (void)t.node.call<std::string>(*born, item{1, 2}, long_enough);
        }
        t.node.send_exit(
            {}, *born,
            sender == 0 ? exit_reason::shutdown() : exit_reason::kill());
      });
      for (int round = 0; round < 20; ++round) {
        const bool up = round % 2 == 0;
        for (const auto before = born_count.load(); born_count < before + 30;)
          std::this_thread::yield();
        upgrade batch(t.node,
                      {change_to(up ? *made : first,
                                 up ? direction::up : direction::down)},
                      {});
        REQUIRE(run_upgrade(batch));
        const auto* old_code = up ? first : *made;
        CHECK(old_code->box_count.load() == 0);
      }
      traffic.stop();
    }
    CHECK(t.node.crash_count() == 0);
    t.node.stop();
    CHECK(t.node.table().alive() == 0);
  }

  TEST_CASE(
      "a conversion that does not return is named and harms nobody else") {
    real_node t(3);
    ledger().clear();
    t.load(version_1);
    const auto slow = t.start("bank");
    const auto other = t.start("bank");
    auto made = t.node.code().add_builtin(version_2);
    REQUIRE(made);
    holds_conversions() = true;
    {
      auto one = change_to(*made);
      one.extra = {{"holds", true}};
      upgrade batch(t.node, {one}, {.convert_timeout = 50ms});
      const auto done = run_upgrade(batch);
      REQUIRE_FALSE(done);
      CHECK(done.error().code == errc::code_change_failed);
      // Both may have begun; either is named.
      CHECK(done.error().context.find(" did not return within 50 ms") !=
            std::string::npos);
      CHECK((done.error().context.find(to_string(slow)) != std::string::npos ||
             done.error().context.find(to_string(other)) != std::string::npos));
      const auto stranger = t.start("probe");
      CHECK(sys::get_state(t.node, stranger, long_enough));
    }
    // Held until it returns; then it serves on in the old version.
    holds_conversions() = false;
    for (const auto& one : {slow, other}) {
      const auto version =
          t.node.call<std::string>(one, item{1, 1}, long_enough);
      REQUIRE(version);
      CHECK(*version == "1.0.0");
    }
    CHECK(t.node.crash_count() == 0);
  }
}

}  // namespace instar::test::bank
