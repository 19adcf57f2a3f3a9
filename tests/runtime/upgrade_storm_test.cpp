// Upgrades in the midst of traffic, births and deaths, over hundreds of seeds.
//
// Whatever the order: every message is handled exactly once, in the order of its
// sender, by old or by new code, and never by old code after new.
#include "tests/support/test_supervisor.hpp"
#include "tests/support/traffic.hpp"

#include <random>

namespace instar::test::bank {
namespace {

std::vector<pid> open_accounts(branch& t, int count) {
  std::vector<pid> all;
  for (int i = 0; i < count; ++i)
    all.push_back(t.open_account());
  return all;
}

}  // namespace

TEST_SUITE("runtime/upgrade_storm_test") {
  TEST_CASE(
      "accounts in traffic are upgraded and nothing is lost or reordered") {
    for_seeds(300, [](std::uint64_t seed) {
      branch t(seed);
      const auto accounts = open_accounts(t, 6);
      traffic work(t, seed, accounts, {});
      work.start_clients(5);
      for (auto i = seed % 200; i > 0; --i)
        t.sched.step();
      upgrade batch(t.node, {change_to(t.add(version_2))}, {});
      REQUIRE(run_upgrade(batch));
      // Whoever waits for another account gets its answer, so that nobody need
      // be held for long, let alone a second time.
      CHECK(batch.report().attempts == 1);
      CHECK(batch.report().pause == 0ms);
      t.sched.advance(1min);
      CHECK(work.is_over());
      work.check({"1.0.0", "2.0.0"});
      for (const auto& one : accounts)
        CHECK(t.version_of(one) == "2.0.0");
    });
  }

  TEST_CASE("accounts that call each other through relays are upgraded") {
    for_seeds(300, [](std::uint64_t seed) {
      branch t(seed);
      const auto accounts = open_accounts(t, 5);
      std::vector<pid> relays;
      // One between each two accounts, so that ways stay without circles.
      for (int i = 0; i < 5; ++i)
        relays.push_back(t.start("relay"));
      traffic work(t, seed, accounts, relays);
      work.start_clients(6);
      for (auto i = seed % 300; i > 0; --i)
        t.sched.step();
      upgrade batch(t.node, {change_to(t.add(version_2))}, {});
      REQUIRE(run_upgrade(batch));
      // Whoever waits for another account gets its answer, so that nobody need
      // be held for long, let alone a second time.
      CHECK(batch.report().attempts == 1);
      CHECK(batch.report().pause == 0ms);
      t.sched.advance(1min);
      CHECK(work.is_over());
      work.check({"1.0.0", "2.0.0"});
    });
  }

  TEST_CASE("a ring that a call goes round again and again is upgraded") {
    for_seeds(200, [](std::uint64_t seed) {
      branch t(seed);
      const auto ring = open_accounts(t, 7);
      int rounds_done = 0;
      std::vector<std::string> failed;
      t.node.cast(t.start_probe(),
                  run_task{add_function(
                      task_function([&](probe_state&) -> task<std::string> {
                        for (std::size_t k = 0; k < 20; ++k) {
                          token way;
                          for (std::size_t i = 1; i < ring.size(); ++i)
                            way.path.push_back(ring[(k + i) % ring.size()]);
                          const auto got =
                              co_await call(ring[k % ring.size()], way, 1h);
                          if (!got || got->find("timeout") != std::string::npos)
                            failed.push_back(got ? *got : got.error().tag());
                          ++rounds_done;
                        }
                        co_return "";
                      }))});
      for (auto i = seed % 250; i > 0; --i)
        t.sched.step();
      upgrade batch(t.node, {change_to(t.add(version_2))}, {});
      REQUIRE(run_upgrade(batch));
      CHECK(batch.report().attempts == 1);
      CHECK(batch.report().pause == 0ms);
      t.sched.run_until_idle();
      CHECK(rounds_done == 20);
      CHECK(failed.empty());
      for (const auto& one : ring) {
        std::string last = "1.0.0";
        for (const auto& each : ledger()[one]) {
          CHECK(each.vsn >= last);
          last = each.vsn;
        }
        CHECK(ledger()[one].size() == 20);
      }
    });
  }

  TEST_CASE("several upgrades follow each other in the same traffic") {
    for_seeds(100, [](std::uint64_t seed) {
      branch t(seed);
      const auto accounts = open_accounts(t, 4);
      traffic work(t, seed, accounts, {});
      work.start_clients(6);
      upgrade up(t.node, {change_to(t.add(version_2))}, {});
      REQUIRE(run_upgrade(up));
      for (auto i = seed % 50; i > 0; --i)
        t.sched.step();
      auto soft = change_to(t.add(version_2_1));
      soft.is_converted = false;
      upgrade load(t.node, {soft}, {});
      REQUIRE(run_upgrade(load));
      t.sched.advance(1min);
      CHECK(work.is_over());
      work.check({"1.0.0", "2.0.0", "2.0.1"});
    });
  }

  TEST_CASE(
      "an upgrade that fails in traffic leaves old code and all messages") {
    for_seeds(200, [](std::uint64_t seed) {
      branch t(seed);
      const auto accounts = open_accounts(t, 5);
      traffic work(t, seed, accounts, {});
      work.start_clients(5);
      upgrade batch(t.node, {change_to(t.add(version_2))}, {});
      const auto spoil = [&] { t.node.cast(accounts[seed % 5], poison{true}); };
      for (auto i = seed % 100; i > 0; --i)
        t.sched.step();
      batch.on_phase = [&](std::string_view phase) {
        if (phase == (seed % 2 == 0 ? "prepare" : "suspend"))
          t.sched.post(spoil);
      };
      const auto done = run_upgrade(batch);
      // The poison may come too late.
      const bool is_done = static_cast<bool>(done);
      t.sched.advance(1min);
      CHECK(work.is_over());
      work.check(is_done ? std::vector<std::string>{"1.0.0", "2.0.0"}
                         : std::vector<std::string>{"1.0.0"});
      for (const auto& one : accounts) {
        CHECK(t.version_of(one) == (is_done ? "2.0.0" : "1.0.0"));
        CHECK(t.node.table().find_alive(one)->raw_box().prepared_state ==
              nullptr);
      }
      CHECK(t.first->change.load() == nullptr);
    });
  }

  TEST_CASE("births and deaths in any phase leave nobody in old code") {
    for_seeds(400, [](std::uint64_t seed) {
      branch t(seed);
      std::mt19937_64 random(seed * 77);
      std::vector<pid> accounts = open_accounts(t, 6);
      std::vector<pid> born;
      std::vector<pid> killed;
      const auto anybody = t.start_probe();
      // One that waits keeps the gates closed for a while.
      t.run_in(accounts[0], [&](probe_state&) -> task<std::string> {
        (void)co_await call(anybody,
                            make<run_plain>(add_function(plain_function(
                                [](probe_state&, const from&) {}))),
                            std::chrono::milliseconds(random() % 30));
        co_return "";
      });
      const std::function<void()> happen = [&] {
        spawn_options options;
        options.start.module = "bank";
        switch (random() % 3) {
          case 0: {
            const auto made = t.node.spawn(std::move(options));
            if (made)
              born.push_back(*made);
            break;
          }
          case 1: {
            const auto& who = born.empty() || random() % 2 == 0
                                  ? accounts[random() % 6]
                                  : born[random() % born.size()];
            t.node.send_exit({}, who,
                             random() % 2 == 0 ? exit_reason::kill()
                                               : exit_reason::error("x"));
            killed.push_back(who);
            break;
          }
          default:
            t.node.cast(accounts[random() % 6], item{0, 0});
        }
      };
      upgrade batch(t.node, {change_to(t.add(version_2))}, {});
      const auto disturb = [&](std::string_view) {
        for (int i = 0; i < 4; ++i)
          t.sched.post(happen);
        t.in(anybody, [&](probe_state&) {
          for (int i = 0; i < 8; ++i) {
            send_after(std::chrono::milliseconds(random() % 30), self(),
                       run_plain{add_function(plain_function(
                           [&](probe_state&, const from&) { happen(); }))});
          }
        });
      };
      batch.on_phase = disturb;
      disturb("check");
      REQUIRE(run_upgrade(batch));
      t.sched.advance(1min);
      CHECK(t.first->box_count.load() == 0);
      CHECK(t.first->change.load() == nullptr);
      accounts.insert(accounts.end(), born.begin(), born.end());
      for (const auto& one : accounts) {
        const bool is_gone =
            std::find(killed.begin(), killed.end(), one) != killed.end();
        CHECK(t.is_alive(one) == !is_gone);
        if (!is_gone)
          CHECK(t.version_of(one) == "2.0.0");
      }
      CHECK(t.node.code().soft_purge("bank"));
      CHECK(t.sched.missed_notifies() == 0);
    });
  }

  TEST_CASE("accounts under a supervisor crash through an upgrade") {
    // It restarts nobody while it is held, and all of them afterwards.
    for_seeds(200, [](std::uint64_t seed) {
      branch t(seed);
      t.load(test_supervisor_module);
      std::mt19937_64 random(seed);
      supervisor_spec spec;
      spec.intensity = 1000;
      for (const char* name : {"a", "b", "c"}) {
        child_spec child;
        child.id = name;
        child.start.module = "bank";
        child.start.name = name;
        spec.children.push_back(child);
      }
      const auto top = t.start("test_sup", add_spec(spec));
      upgrade batch(t.node, {change_to(t.add(version_2))}, {});
      batch.on_phase = [&](std::string_view) {
        for (int i = 0; i < 3; ++i) {
          t.sched.post([&] {
            const char* names[] = {"a", "b", "c"};
            t.node.send_exit({}, t.node.whereis(names[random() % 3]),
                             random() % 2 == 0 ? exit_reason::kill()
                                               : exit_reason::error("x"));
          });
        }
      };
      REQUIRE(run_upgrade(batch));
      t.sched.run_until_idle();
      CHECK(t.is_alive(top));
      for (const char* name : {"a", "b", "c"}) {
        REQUIRE(t.node.whereis(name));
        CHECK(t.version_of(t.node.whereis(name)) == "2.0.0");
      }
      CHECK(t.first->box_count.load() == 0);
    });
  }
}

}  // namespace instar::test::bank
