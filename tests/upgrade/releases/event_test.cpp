// An event manager under a supervisor, with handlers of several modules of which
// one changes.
#include "release_handler/children.hpp"
#include "release_handler/dynamic_modules.hpp"
#include "runtime/event_calls.hpp"
#include "runtime/sys.hpp"
#include "tests/upgrade/releases/modules/hub_messages.hpp"
#include "tests/upgrade/releases/release_node.hpp"

#include <atomic>
#include <thread>

TEST_SUITE_BEGIN("upgrade/releases/event");

using namespace instar::release_handler::test;
using instar::event_handler;
using instar::pid;

namespace {

using numbers = std::vector<std::int64_t>;

instar::release_handler::test::application hub_at(const std::string& vsn,
                                                  std::string appup = {}) {
  return {.name = "hub",
          .vsn = vsn,
          .modules = {"hub_sup", "tally", "label"},
          .appup = std::move(appup),
          .mod = "{module: hub_sup, args: {}}"};
}

/// Release 2 has the hub and runs; 3 has another tally, 4 one that fails.
class hub_node : public release_node {
public:
  hub_node() {
    std::string loads;
    for (const auto* name : {"hub_sup", "tally", "label"}) {
      loads += std::string("{load: {module: ") + name +
               ", pre_purge: brutal_purge, post_purge: brutal_purge}}, ";
    }
    add_release("2", {cell_at("1.0"), other_at("1.0"), frame(), hub_at("1.0")},
                "vsn: \"2\"\nup:\n  - {from: \"1\", script: "
                "[{load_object_code: {lib: hub, vsn: \"1.0\", modules: "
                "[hub_sup, tally, label]}}, point_of_no_return, " +
                    loads +
                    "{apply: {module: application, function: start, args: "
                    "[hub, permanent]}}]}\n");
    add("3", "2.0");
    add("4", "throws");
    REQUIRE(install("2").ok());
    REQUIRE(files().remove(root() / "releases" / "2" / "relup.yaml"));
    bus = node().whereis("bus");
    for (const auto& one : handlers)
      REQUIRE(instar::event::add_handler(node(), bus, one));
  }

  numbers ticks_of(const event_handler& one) {
    const auto got =
        instar::event::call<numbers>(node(), bus, one, hub::ticks{}, 60s);
    REQUIRE_MESSAGE(got, got.error().message());
    return *got;
  }
  /// "tally a 1.0, label 1.0": the newest first.
  std::string versions() {
    const auto status = instar::sys::get_status(node(), bus);
    REQUIRE(status);
    std::string text;
    for (const auto& one : status->at("handlers").as_array()) {
      text += (text.empty() ? "" : ", ") +
              std::string(one.at("module").as_string()) + " " +
              std::string(one.at("vsn").as_string());
    }
    return text;
  }
  void tick(std::int64_t number) {
    instar::event::notify(node(), bus, hub::tick{number});
  }

  const std::vector<event_handler> handlers{
      {"tally", "a"}, {"label", "l"}, {"tally", "b"}};
  pid bus;

private:
  void add(const std::string& vsn, const std::string& hub_vsn) {
    add_release(vsn, {cell_at("1.0"), other_at("1.0"), frame(),
                      hub_at(hub_vsn, both_ways(hub_vsn, advanced("tally")))});
  }
};

}  // namespace

TEST_CASE("of an event manager the handlers of the changed module go over") {
  hub_node t;
  std::atomic<bool> is_over = false;
  std::int64_t sent = 0;
  std::thread events([&] {
    while (!is_over.load() || sent < 100) {
      // Waiting for every 16th keeps the mailbox short.
      if (sent % 16 == 15) {
        if (!instar::event::sync_notify(t.node(), t.bus, hub::tick{sent}, 60s))
          return;
      } else {
        t.tick(sent);
      }
      ++sent;
    }
  });
  for (int i = 0; i < 5; ++i) {
    CHECK(outcome_of(t, t.install("3")) == "installed");
    CHECK(t.versions() == "tally 2.0, label 1.0, tally 2.0");
    CHECK(outcome_of(t, t.install("2")) == "installed");
    CHECK(t.versions() == "tally 1.0, label 1.0, tally 1.0");
  }
  is_over = true;
  events.join();
  numbers all;
  for (std::int64_t i = 0; i < sent; ++i)
    all.push_back(i);
  CHECK(sent >= 100);
  for (const auto& one : t.handlers) {
    CAPTURE(to_string(one));
    CHECK((t.ticks_of(one) == all));
  }
  CHECK(t.node().whereis("bus") == t.bus);
}

TEST_CASE(
    "what one handler's conversion throws leaves all handlers as before") {
  hub_node t;
  // One of two handlers of the module has noted thirteen.
  t.tick(1);
  REQUIRE(instar::event::delete_handler(t.node(), t.bus, {"tally", "b"}));
  t.tick(13);
  REQUIRE(instar::event::add_handler(t.node(), t.bus, {"tally", "b"}));
  t.tick(2);
  const auto outcome = outcome_of(t, t.install("4"));
  CHECK(outcome ==
        "undone code_change_failed: code_change of tally in process " +
            to_string(t.bus) + " bus failed: thirteen");
  CHECK(t.versions() == "tally 1.0, label 1.0, tally 1.0");
  t.tick(3);
  CHECK(t.ticks_of({"tally", "a"}) == numbers{1, 13, 2, 3});
  CHECK(t.ticks_of({"tally", "b"}) == numbers{2, 3});
  CHECK(t.ticks_of({"label", "l"}) == numbers{1, 13, 2, 3});
  CHECK(t.statuses() == "1 permanent, 2 current, 3 unpacked, 4 unpacked");
}

TEST_CASE("a dynamic process that does not say its modules is named") {
  hub_node t;
  const blocked_process blocked(t, "asked");
  const auto all = t.node().dynamic_processes();
  CHECK(all.size() == 2);
  const auto answers = instar::release_handler::ask_modules(
      t.node(), all, std::chrono::milliseconds(50));
  REQUIRE_FALSE(answers);
  CHECK(answers.error().tag() == "get_modules_failed");
  CHECK(answers.error().context ==
        "asked (" + to_string(t.node().whereis("asked")) +
            ") did not say within 50 ms of which modules it is, which its "
            "child specification (dynamic) leaves to it");
}

TEST_CASE("dynamic processes say of which modules they are") {
  hub_node t;
  const auto answers = instar::release_handler::ask_modules(
      t.node(), t.node().dynamic_processes(), 60s);
  REQUIRE(answers);
  CHECK(answers->at(t.bus) == std::vector<std::string>{"label", "tally"});
  CHECK(answers->at(t.node().whereis("asked")) ==
        std::vector<std::string>{"relay"});
  // So a stop of a handler's module reaches its manager.
  const auto children =
      instar::release_handler::children_of(t.node(), {"label"});
  REQUIRE(children);
  REQUIRE(children->size() == 1);
  CHECK(children->front().about.id == "bus");
}

TEST_CASE("a manager that waits at its handlers' gates is asked in vain") {
  hub_node t;
  instar::module_upgrade tally;
  tally.module = "tally";
  tally.is_suspended = true;
  std::vector<instar::module_upgrade> todo{tally};
  REQUIRE(instar::release_handler::add_dynamic_processes(t.node(), todo));
  CHECK(todo.size() == 1);
}

TEST_SUITE_END();
