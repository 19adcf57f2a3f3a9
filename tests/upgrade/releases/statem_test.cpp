// A state machine from module files, whose state, data and mode change from version
// to version, with timers and postponed events.
#include "runtime/sys.hpp"
#include "tests/upgrade/releases/modules/gate_messages.hpp"
#include "tests/upgrade/releases/release_node.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

TEST_SUITE_BEGIN("upgrade/releases/statem");

using namespace instar::release_handler::test;

namespace {

using numbers = std::vector<std::int64_t>;
constexpr std::int64_t an_hour = 3'600'000;

instar::release_handler::test::application gate_at(const std::string& vsn,
                                                   std::string appup = {}) {
  return {.name = "gate",
          .vsn = vsn,
          .modules = {"gate_sup", "turnstile"},
          .appup = std::move(appup),
          .mod = "{module: gate_sup, args: {}}"};
}

/// Release 2 has the gate and runs; 3 has the other machine, 4 one that fails.
class gate_node : public release_node {
public:
  gate_node() {
    add_release("2",
                {cell_at("1.0"), other_at("1.0"), frame(),
                 gate_at("1.0", "vsn: \"1.0\"\n")},
                "vsn: \"2\"\nup:\n  - {from: \"1\", script: "
                "[{load_object_code: {lib: gate, vsn: \"1.0\", modules: "
                "[gate_sup, turnstile]}}, point_of_no_return, {load: {module: "
                "gate_sup, pre_purge: brutal_purge, post_purge: "
                "brutal_purge}}, {load: {module: turnstile, pre_purge: "
                "brutal_purge, post_purge: brutal_purge}}, {apply: {module: "
                "application, function: start, args: [gate, permanent]}}]}\n");
    add("3", "2.0");
    add("4", "throws");
    REQUIRE(install("2").ok());
    REQUIRE(files().remove(root() / "releases" / "2" / "relup.yaml"));
    machine = node().whereis("turnstile");
  }

  std::string look() { return call<gate::look>("turnstile"); }
  bool unlock(std::int64_t ms) { return call("turnstile", gate::unlock{ms}); }
  void lock() { cast("turnstile", gate::lock{}); }
  void pay(std::int64_t number) { cast("turnstile", gate::coin{number}); }
  numbers noted() { return call<gate::noted>("turnstile"); }
  void suspend() { REQUIRE(instar::sys::suspend(node(), machine)); }
  void resume() { REQUIRE(instar::sys::resume(node(), machine)); }

  instar::pid machine;

private:
  void add(const std::string& vsn, const std::string& gate_vsn) {
    add_release(
        vsn, {cell_at("1.0"), other_at("1.0"), frame(),
              gate_at(gate_vsn, both_ways(gate_vsn, advanced("turnstile")))});
  }
};

}  // namespace

TEST_CASE("a machine goes over with its state and its data and its mode") {
  gate_node t;
  CHECK(t.look() == "turnstile 1.0 shut");
  CHECK(outcome_of(t, t.install("3")) == "installed");
  CHECK(t.look() == "turnstile 2.0 bolted, from 1.0, bells 0");
  CHECK(t.unlock(an_hour));
  CHECK(t.look() == "turnstile 2.0 wide, from 1.0, bells 0");
  CHECK(outcome_of(t, t.install("2")) == "installed");
  CHECK(t.look() == "turnstile 1.0 open");
  CHECK_FALSE(t.unlock(an_hour));
  CHECK(outcome_of(t, t.install("3")) == "installed");
  CHECK(t.look() == "turnstile 2.0 ajar, from 1.0, bells 0");
  t.lock();
  CHECK(outcome_of(t, t.install("2")) == "installed");
  CHECK(t.look() == "turnstile 1.0 shut");
  CHECK((t.node().whereis("turnstile") == t.machine));
}

TEST_CASE("what one version has postponed comes in the other one") {
  gate_node t;
  t.pay(1);
  t.pay(2);
  CHECK(outcome_of(t, t.install("3")) == "installed");
  t.pay(3);
  CHECK(t.noted().empty());
  CHECK(t.unlock(an_hour));
  t.pay(4);
  CHECK((t.noted() == numbers{1, 2, 3, 4}));
  t.lock();
  t.pay(5);
  CHECK((t.noted() == numbers{1, 2, 3, 4}));
  CHECK(outcome_of(t, t.install("2")) == "installed");
  t.pay(6);
  CHECK(t.unlock(an_hour));
  CHECK((t.noted() == numbers{1, 2, 3, 4, 5, 6}));
}

TEST_CASE("a call that one version has postponed is answered by the other") {
  gate_node t;
  REQUIRE(t.unlock(an_hour));
  for (const auto* way : {"3", "2"}) {
    std::string answer;
    std::thread asks([&] {
      const auto got =
          t.node().call<std::string>("turnstile", gate::when_shut{}, 60s);
      answer = got ? *got : got.error().message();
    });
    CHECK(outcome_of(t, t.install(way)) == "installed");
    t.lock();
    asks.join();
    CHECK(answer ==
          (way == std::string("3") ? "turnstile 2.0" : "turnstile 1.0"));
    REQUIRE(t.unlock(an_hour));
  }
}

TEST_CASE("a timer that one version has set comes in the other one") {
  gate_node t;
  REQUIRE(t.call("turnstile", gate::set_bell{7, 1500}));
  REQUIRE(t.unlock(1500));
  // Whether it is due before the resume or after it.
  t.suspend();
  CHECK(outcome_of(t, t.install("3")) == "installed");
  t.resume();
  CHECK(t.call<gate::when_shut>("turnstile") == "turnstile 2.0");
  // It was set first.
  CHECK((t.noted() == numbers{-7}));
  CHECK(t.look() == "turnstile 2.0 bolted, from 1.0, bells 1");
  REQUIRE(t.call("turnstile", gate::set_bell{8, 1500}));
  REQUIRE(t.unlock(1500));
  t.suspend();
  CHECK(outcome_of(t, t.install("2")) == "installed");
  t.resume();
  CHECK(t.call<gate::when_shut>("turnstile") == "turnstile 1.0");
  CHECK((t.noted() == numbers{-7, -8}));
}

TEST_CASE("a conversion that throws leaves the machine its timers and events") {
  gate_node t;
  REQUIRE(t.unlock(an_hour));
  t.pay(13);
  t.lock();
  t.pay(1);
  REQUIRE(t.call("turnstile", gate::set_bell{7, 1500}));
  CHECK(outcome_of(t, t.install("4")) ==
        "undone code_change_failed: code_change of turnstile in process " +
            to_string(t.machine) + " turnstile failed: thirteen");
  CHECK(t.look() == "turnstile 1.0 shut");
  REQUIRE(t.unlock(2000));
  CHECK(t.call<gate::when_shut>("turnstile") == "turnstile 1.0");
  // The bell may have come before the gate was opened.
  auto all = t.noted();
  std::sort(all.begin(), all.end());
  CHECK((all == numbers{-7, 1, 13}));
}

TEST_CASE("events come once and in order while the machine goes up and down") {
  gate_node t;
  std::atomic<bool> is_over = false;
  std::int64_t sent = 0;
  std::thread events([&] {
    while (!is_over.load() || sent < 200) {
      t.node().cast(t.machine, gate::coin{sent});
      ++sent;
      // Now and then it is opened, and shut again.
      if (sent % 16 == 0) {
        if (!t.node().call<bool>(t.machine, gate::unlock{an_hour}, 60s))
          return;
        t.node().cast(t.machine, gate::lock{});
      }
    }
  });
  for (int i = 0; i < 5; ++i) {
    CHECK(outcome_of(t, t.install("3")) == "installed");
    CHECK(outcome_of(t, t.install("2")) == "installed");
  }
  is_over = true;
  events.join();
  CHECK(sent >= 200);
  REQUIRE(t.unlock(an_hour));
  numbers all;
  for (std::int64_t i = 0; i < sent; ++i)
    all.push_back(i);
  CHECK((t.noted() == all));
  CHECK((t.node().whereis("turnstile") == t.machine));
}

TEST_SUITE_END();
