// What a node shows of its processes, its tree and its schedulers.
#include "runtime/application_controller.hpp"
#include "runtime/supervisor_table.hpp"
#include "tests/release_handler/api_node.hpp"

namespace instar::release_handler::test {
namespace {

using namespace std::chrono_literals;
using instar::test::probe_state;

/// args N: so many probes; "simple": none yet, of one kind.
struct crowd : supervisor {
  static supervisor_spec init(const value& args) {
    supervisor_spec made;
    child_spec child;
    child.start.module = "probe";
    if (args == "simple") {
      made.strategy = restart_strategy::simple_one_for_one;
      child.id = "any";
      made.children.push_back(child);
      return made;
    }
    for (std::int64_t i = 0; i < args.as_int64(); ++i) {
      child.id = "c" + std::to_string(i);
      child.start.name = i == 0 ? "first" : "";
      made.children.push_back(child);
    }
    return made;
  }
};
constinit const module_descriptor crowd_module =
    instar::detail::make_descriptor<crowd>("crowd", "1.0.0", false);

void start_application(api_node& at, value args) {
  at.stepped.load(crowd_module);
  application_info about;
  about.name = "app";
  about.vsn = "2.0";
  about.start_module = "crowd";
  about.start_args = std::move(args);
  auto& all = at.stepped.node.applications();
  REQUIRE(all.load(about));
  REQUIRE(all.start("app", application_start_type::permanent));
}

/// A suspended probe with so many messages in its mailbox.
pid start_full(api_node& at, const std::string& name, int messages) {
  const auto made = at.stepped.start_probe(name);
  REQUIRE(sys::suspend(at.stepped.node, made));
  for (int i = 0; i < messages; ++i)
    at.stepped.node.cast(made, instar::test::say{"x"});
  at.stepped.sched.run_until_idle();
  return made;
}

/// `NAME STATUS MAILBOX` of each, and how many match of how many.
std::string shown(const api_response& answer) {
  std::string text;
  const auto& body = answer.body.as_object();
  for (const auto& one : body.at("processes").as_array()) {
    text +=
        fmt::format("{} {} {}, ", std::string_view(one.at("name").as_string()),
                    std::string_view(one.at("status").as_string()),
                    one.at("mailbox").to_number<int>());
  }
  return text + fmt::format("{} of {}", body.at("matching").to_number<int>(),
                            body.at("total").to_number<int>());
}

}  // namespace

TEST_SUITE("release_handler/node_views") {
  TEST_CASE("processes are sorted and filtered and cut by the node") {
    api_node at;
    at.stepped.start_probe("idle");
    start_full(at, "long", 7);
    start_full(at, "short", 2);
    CHECK(shown(at.get("/v1/processes")) ==
          "idle running 0, long suspended 7, short suspended 2, 3 of 3");
    CHECK(
        shown(at.get("/v1/processes", {{"sort", "mailbox"}, {"limit", "1"}})) ==
        "long suspended 7, 3 of 3");
    CHECK(shown(at.get("/v1/processes", {{"status", "suspended"}})) ==
          "long suspended 7, short suspended 2, 2 of 3");
    CHECK(shown(at.get("/v1/processes", {{"min_mailbox", "3"}})) ==
          "long suspended 7, 1 of 3");
    CHECK(shown(at.get("/v1/processes", {{"name", "*o*"}, {"reverse", ""}})) ==
          "short suspended 2, long suspended 7, 2 of 3");
    CHECK(
        shown(at.get("/v1/processes", {{"sort", "status"}, {"limit", "2"}})) ==
        "idle running 0, long suspended 7, 3 of 3");
    CHECK(shown(at.get("/v1/processes", {{"behaviour", "supervisor"}})) ==
          "0 of 3");
    CHECK(error_of(at.get("/v1/processes", {{"limit", "no"}})) ==
          "400 badarg: \"limit\" must be a number from 1 to 4194304, "
          "not \"no\"");
  }

  TEST_CASE("of thousands the first are the same as of a few") {
    api_node at;
    constexpr int count = 6000;
    for (int i = 0; i < count; ++i) {
      spawn_options options;
      options.start.module = "probe";
      REQUIRE(at.stepped.node.spawn(std::move(options)));
    }
    at.stepped.sched.run_until_idle();
    start_full(at, "one", 1);
    start_full(at, "two", 2);
    CHECK(
        shown(at.get("/v1/processes", {{"sort", "mailbox"}, {"limit", "2"}})) ==
        "two suspended 2, one suspended 1, 6002 of 6002");
    CHECK(shown(at.get("/v1/processes", {{"sort", "name"}, {"limit", "2"}})) ==
          "one suspended 1, two suspended 2, 6002 of 6002");
    CHECK(shown(at.get("/v1/processes",
                       {{"status", "suspended"}, {"limit", "1"}})) ==
          "one suspended 1, 2 of 6002");
  }

  TEST_CASE("one whose handler waits is shown with what is seen from outside") {
    api_node at;
    const auto other = start_full(at, "other", 0);
    const auto busy = at.stepped.start_probe("busy");
    at.stepped.task_in(busy, [other](probe_state&) -> task<std::string> {
      const auto got =
          co_await call(other, instar::test::make<instar::test::ask>("x"), 1h);
      (void)got;
      co_return "";
    });
    const auto before = at.stepped.sched.now();
    const auto answer = at.get("/v1/processes", {{"status", "timeout"}});
    CHECK(shown(answer) == "busy timeout 0, 1 of 2");
    const auto& row = answer.body.at("processes").at(0);
    CHECK(row.at("module") == "probe");
    CHECK(row.at("waiting_for") == value(to_string(other)));
    // All were asked at once, and the one that is shown once more.
    CHECK(at.stepped.sched.now() - before == 400ms);
    CHECK(at.stepped.sched.missed_notifies() == 0);
  }

  TEST_CASE("the tree has each process with what it is") {
    api_node at;
    start_application(at, 3);
    const auto answer = at.get("/v1/tree");
    const auto& app = answer.body.at("applications").at(0);
    CHECK(app.at("name") == "app");
    CHECK(app.at("vsn") == "2.0");
    const auto& top = app.at("top").as_object();
    CHECK(top.at("id") == "app");
    CHECK(top.at("module") == "crowd");
    CHECK(top.at("child_count") == 3);
    CHECK_FALSE(top.contains("left_out"));
    const auto& children = top.at("children").as_array();
    REQUIRE(children.size() == 3);
    const auto& first = children[0].as_object();
    CHECK(first.at("id") == "c0");
    CHECK(first.at("name") == "first");
    CHECK(first.at("pid") ==
          value(to_string(at.stepped.node.whereis("first"))));
    for (const auto* key : {"type", "behaviour", "module", "vsn", "status",
                            "mailbox", "waiting_for"})
      CHECK(first.contains(key));
    CHECK(children[2].at("id") == "c2");
  }

  TEST_CASE("of many children the tree shows some and counts the others") {
    api_node at;
    start_application(at, "simple");
    const auto top = at.stepped.node.applications().all().at(0).top;
    for (int i = 0; i < 5; ++i)
      REQUIRE(
          at.stepped.node.call<child_reply>(top, start_dynamic_child{value()}));
    const auto shown_of = [&](const std::string& limit) {
      const auto answer = at.get("/v1/tree", {{"children", limit}});
      REQUIRE(answer.status == 200);
      const auto& node =
          answer.body.at("applications").at(0).at("top").as_object();
      const auto* left = node.if_contains("left_out");
      return fmt::format("{} of {}, {} left out",
                         node.at("children").as_array().size(),
                         node.at("child_count").to_number<int>(),
                         left == nullptr ? 0 : left->to_number<int>());
    };
    CHECK(shown_of("2") == "2 of 5, 3 left out");
    CHECK(shown_of("5") == "5 of 5, 0 left out");
    CHECK(error_of(at.get("/v1/tree", {{"children", "0"}})) ==
          "400 badarg: \"children\" must be a number from 1 on, not "
          "\"0\"");
    CHECK(error_of(at.get("/v1/tree", {{"child", "2"}})) ==
          "400 badarg: unknown parameter \"child\" (did you mean "
          "\"children\"?)");
  }

  TEST_CASE("schedulers come with their workers and queues") {
    api_node at;
    const auto answer = at.get("/v1/schedulers");
    CHECK(answer.status == 200);
    CHECK(answer.body.at("run_queue") == 0);
    CHECK(answer.body.at("shared_queue") == 0);
    const auto& workers = answer.body.at("workers").as_array();
    REQUIRE(workers.size() == 1);
    CHECK(workers[0].at("worker") == 1);
    CHECK(workers[0].at("activity") == "idle");
    CHECK(workers[0].at("running").is_null());
    CHECK(workers[0].at("cpu_us") == 0);
  }

  TEST_CASE("only the last entries of the history may be asked for") {
    api_node at;
    for (const auto* vsn : {"3", "4", "5"})
      at.post(std::string("/v1/releases/") + vsn + "/install");
    const auto all = at.get("/v1/history").body.at("history").as_array();
    REQUIRE(all.size() == 3);
    const auto last =
        at.get("/v1/history", {{"last", "1"}}).body.at("history").as_array();
    REQUIRE(last.size() == 1);
    CHECK(last[0] == all[2]);
    CHECK(at.get("/v1/history", {{"last", "9"}})
              .body.at("history")
              .as_array()
              .size() == 3);
    CHECK(at.get("/v1/history", {{"last", "x"}}).status == 400);
  }
}

}  // namespace instar::release_handler::test
