// Clients of the bank, for upgrades in the midst of their traffic.
#pragma once

#include "tests/support/bank.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace instar::test::bank {

/// Clients that cast, send, call and pass tokens around, and note what they
/// were answered.
class traffic {
public:
  traffic(branch& t, std::uint64_t seed, std::vector<pid> accounts,
          std::vector<pid> relays)
      : t_(t),
        random_(seed),
        accounts_(std::move(accounts)),
        relays_(std::move(relays)) {}

  static constexpr std::uint32_t rounds = 25;

  void start_clients(std::uint32_t count) {
    for (std::uint32_t i = 1; i <= count; ++i) {
      ++running_;
      const auto client = t_.start_probe();
      t_.node.cast(client,
                   run_task{add_function(task_function(
                       [this, i](probe_state&) { return be_client(i); }))});
    }
  }
  bool is_over() const { return running_ == 0; }

  /// Nothing was lost, doubled, reordered or handled by old code after new.
  void check(const std::vector<std::string>& order_of_versions) {
    for (const auto& account : accounts_) {
      std::map<std::uint32_t, std::uint32_t> last;
      std::size_t version = 0;
      std::int64_t counted = 0;
      for (const auto& one : ledger()[account]) {
        const auto now = static_cast<std::size_t>(
            std::find(order_of_versions.begin(), order_of_versions.end(),
                      one.vsn) -
            order_of_versions.begin());
        CHECK(now >= version);
        version = now;
        if (one.kind == 't')
          continue;
        ++counted;
        CHECK(one.number == ++last[one.sender]);
      }
      for (const auto& [sender, number] : last)
        CHECK(number == sent_[{sender, account}]);
      for (const auto& [key, number] : sent_) {
        if (key.second == account)
          CHECK(last[key.first] == number);
      }
      if (t_.is_alive(account))
        CHECK(t_.count_of(account) == counted);
    }
    CHECK(failed_.empty());
  }

private:
  pid some_account() { return accounts_[random_() % accounts_.size()]; }

  /// A way along which nobody comes twice, through accounts and relays, always
  /// upwards, so that no two tokens can wait for each other.
  token some_way() {
    token made;
    for (const auto& one : accounts_) {
      if (random_() % 2 == 0)
        made.path.push_back(one);
      if (random_() % 4 == 0 && !relays_.empty())
        made.path.push_back(
            relays_[(&one - accounts_.data()) %
                    static_cast<std::ptrdiff_t>(relays_.size())]);
    }
    std::vector<pid> once;
    for (const auto& one : made.path) {
      if (std::find(once.begin(), once.end(), one) == once.end())
        once.push_back(one);
    }
    made.path = once;
    return made;
  }

  task<std::string> be_client(std::uint32_t me) {
    for (std::uint32_t i = 0; i < rounds; ++i) {
      const auto to = some_account();
      auto& number = sent_[{me, to}];
      switch (random_() % 4) {
        case 0:
          cast(to, item{me, ++number});
          break;
        case 1:
          send(to, item{me, ++number});
          break;
        case 2: {
          cast(to, item{me, ++number});
          const auto got =
              co_await call(to, item{me, ++number}, std::chrono::hours(1));
          if (!got)
            failed_.push_back(got.error().tag());
          break;
        }
        default: {
          auto way = some_way();
          if (way.path.empty())
            break;
          const auto first = way.path.front();
          way.path.erase(way.path.begin());
          const auto got = co_await call(first, way, std::chrono::hours(1));
          if (!got || got->find("timeout") != std::string::npos ||
              got->find("noproc") != std::string::npos ||
              got->find("bad_message") != std::string::npos) {
            failed_.push_back(got ? *got : got.error().tag());
          }
        }
      }
    }
    --running_;
    co_return "";
  }

  branch& t_;
  std::mt19937_64 random_;
  std::vector<pid> accounts_;
  std::vector<pid> relays_;
  std::map<std::pair<std::uint32_t, pid>, std::uint32_t> sent_;
  std::vector<std::string> failed_;
  int running_ = 0;
};

}  // namespace instar::test::bank
