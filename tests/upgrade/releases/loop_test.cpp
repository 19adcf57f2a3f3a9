// A special process from module files: it is suspended in its loop and goes on in
// the new version, or stays in its old code until it makes an external call.
#include "runtime/holders.hpp"
#include "tests/upgrade/releases/modules/till_messages.hpp"
#include "tests/upgrade/releases/release_node.hpp"

#include <atomic>
#include <thread>

TEST_SUITE_BEGIN("upgrade/releases/loop");

using namespace instar::release_handler::test;

namespace {

instar::release_handler::test::application till_at(const std::string& vsn,
                                                   std::string appup = {}) {
  return {.name = "till",
          .vsn = vsn,
          .modules = {"till_sup", "cashier"},
          .appup = std::move(appup),
          .mod = "{module: till_sup, args: {}}"};
}

/// Release 2 has the till and runs.
class till_node : public release_node {
public:
  till_node() {
    add_release("2",
                {cell_at("1.0"), other_at("1.0"), frame(),
                 till_at("1.0", "vsn: \"1.0\"\n")},
                "vsn: \"2\"\nup:\n  - {from: \"1\", script: "
                "[{load_object_code: {lib: till, vsn: \"1.0\", modules: "
                "[till_sup, cashier]}}, point_of_no_return, {load: {module: "
                "till_sup, pre_purge: brutal_purge, post_purge: "
                "brutal_purge}}, {load: {module: cashier, pre_purge: "
                "brutal_purge, post_purge: brutal_purge}}, {apply: {module: "
                "application, function: start, args: [till, permanent]}}]}\n");
    REQUIRE(install("2").ok());
    REQUIRE(files().remove(root() / "releases" / "2" / "relup.yaml"));
    process = node().whereis("cashier");
  }
  /// A release 3 with that version of the till.
  void add(const std::string& till_vsn, const std::string& instructions) {
    add_release("3", {cell_at("1.0"), other_at("1.0"), frame(),
                      till_at(till_vsn, both_ways(till_vsn, instructions))});
  }
  std::int64_t ring_up(std::int64_t amount) {
    return call("cashier", till::ring_up{amount});
  }
  std::string look() { return call<till::look>("cashier"); }

  instar::pid process;
};

}  // namespace

TEST_CASE("a loop goes over with its state and back") {
  till_node t;
  t.add("2.0", advanced("cashier"));
  CHECK(t.ring_up(5) == 1);
  CHECK(outcome_of(t, t.install("3")) == "installed");
  CHECK(t.look() == "cashier 2.0 from 1.0 cents 500");
  CHECK(t.ring_up(2) == 2);
  CHECK(outcome_of(t, t.install("2")) == "installed");
  CHECK(t.look() == "cashier 1.0 sum 7");
  CHECK((t.node().whereis("cashier") == t.process));
}

TEST_CASE("a loop whose conversion throws goes on in its old code") {
  till_node t;
  t.add("throws", advanced("cashier"));
  CHECK(t.ring_up(5) == 1);
  CHECK(outcome_of(t, t.install("3")) ==
        "undone code_change_failed: code_change of cashier in process " +
            to_string(t.process) + " cashier failed: no change today");
  CHECK(t.look() == "cashier 1.0 sum 5");
  CHECK(t.ring_up(1) == 2);
}

TEST_CASE("no call is lost or served twice while a loop goes up and down") {
  till_node t;
  t.add("2.0", advanced("cashier"));
  std::atomic<bool> is_over = false;
  std::int64_t rung = 0;
  std::string problem;
  std::thread client([&] {
    while (!is_over.load() || rung < 200) {
      const auto answer =
          t.node().call<std::int64_t>(t.process, till::ring_up{1}, 60s);
      if (!answer || *answer != rung + 1) {
        problem = answer ? "counted " + std::to_string(*answer) + " after " +
                               std::to_string(rung)
                         : answer.error().message();
        return;
      }
      ++rung;
    }
  });
  for (int i = 0; i < 5; ++i) {
    CHECK(outcome_of(t, t.install("3")) == "installed");
    CHECK(outcome_of(t, t.install("2")) == "installed");
  }
  is_over = true;
  client.join();
  CHECK(problem == "");
  CHECK(t.look() == "cashier 1.0 sum " + std::to_string(rung));
}

TEST_CASE("a loop that waits for one message alone is named as in the way") {
  till_node t;
  t.add("2.0", advanced("cashier"));
  t.cast("cashier", till::concentrate{});
  instar::release_handler::install_options options;
  options.suspend_timeout = 200ms;
  const auto refused = outcome_of(t, t.install("3", options));
  CHECK(refused.find("not_quiet") != std::string::npos);
  CHECK(refused.find("cashier (" + to_string(t.process) +
                     ") waiting in its loop for a message") !=
        std::string::npos);
  CHECK(t.ring_up(3) == 1);
  CHECK(outcome_of(t, t.install("3")) == "installed");
  CHECK(t.look() == "cashier 2.0 from 1.0 cents 300");
}

TEST_CASE("after load_module a loop stays in old code until it moves on") {
  till_node t;
  t.add("2.0", "{load_module: cashier}");
  CHECK(t.ring_up(5) == 1);
  CHECK(outcome_of(t, t.install("3")) == "installed");
  CHECK(t.current_vsn("cashier") == "2.0");
  CHECK(t.ring_up(1) == 2);
  CHECK(t.look() == "cashier 1.0 sum 6");
  CHECK(instar::check_process_code(t.node(), t.process, "cashier"));
  t.cast("cashier", till::change_shift{});
  CHECK(t.look() == "cashier 2.0 from 1.0 cents 600");
  CHECK_FALSE(instar::check_process_code(t.node(), t.process, "cashier"));
}

TEST_SUITE_END();
