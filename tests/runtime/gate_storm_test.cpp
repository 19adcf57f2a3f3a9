// Gates on real threads, in the midst of messages.
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

TEST_SUITE("runtime/gate_storm_test") {
  TEST_CASE("no handler runs between quiet and open") {
    real_node t(3);
    t.load(version_1);
    std::vector<pid> all;
    for (int i = 0; i < 8; ++i)
      all.push_back(t.start_probe());
    std::atomic<bool> is_quiet{false};
    std::atomic<int> inside{0};
    std::atomic<int> violations{0};
    std::atomic<std::uint64_t> handled{0};
    const auto look =
        add_function(plain_function([&](probe_state&, const from&) {
          inside.fetch_add(1);
          if (is_quiet.load())
            ++violations;
          handled.fetch_add(1, std::memory_order_relaxed);
          if (is_quiet.load())
            ++violations;
          inside.fetch_sub(1);
        }));
    // Handlers that call each other, always upwards.
    std::vector<std::uint64_t> climb(all.size());
    for (std::size_t i = all.size(); i-- > 0;) {
      climb[i] =
          add_function(task_function([&, i](probe_state&) -> task<std::string> {
            if (is_quiet.load())
              ++violations;
            if (i + 1 < all.size()) {
              const auto got =
                  co_await call(all[i + 1], run_task{climb[i + 1]}, 1min);
              if (!got)
                ++violations;
            }
            if (is_quiet.load())
              ++violations;
            handled.fetch_add(1, std::memory_order_relaxed);
            co_return "";
          }));
    }
    std::atomic<std::uint64_t> turn{0};
    senders traffic(2, [&](int) {
      const auto i = turn.fetch_add(1) % (2 * all.size());
      if (i < all.size()) {
        t.node.cast(all[i], run_plain{look});
      } else if (i == all.size()) {
        (void)t.node.call<std::string>(all[0], run_task{climb[0]}, long_enough);
      }
    });
    auto& gates = t.node.all_gates();
    int closed = 0;
    int tried = 0;
    while (closed < 300 && tried < 3000) {
      ++tried;
      // Something must run between two closes, or nothing is tried.
      const auto before = handled.load();
      while (handled.load() == before)
        std::this_thread::yield();
      gates.close({"probe"});
      if (t.sched.wait([&] { return gates.is_quiet(); }, t.sched.now() + 5s)) {
        ++closed;
        is_quiet.store(true);
        CHECK(inside.load() == 0);
        for (int i = 0; i < 20; ++i)
          std::this_thread::yield();
        CHECK(inside.load() == 0);
        is_quiet.store(false);
      }
      gates.open();
    }
    traffic.stop();
    CHECK(closed == 300);
    CHECK(violations == 0);
    CHECK(handled > 0);
  }
}

}  // namespace instar::test::bank
