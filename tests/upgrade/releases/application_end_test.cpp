// What the end of an application means while a release is on probation.
#include "runtime/scheduler.hpp"
#include "runtime/sys.hpp"
#include "tests/upgrade/releases/release_node.hpp"

TEST_SUITE_BEGIN("upgrade/releases/application_end");

using namespace instar::release_handler::test;

namespace {

/// Release 2 has other red ones, and is watched for an hour.
class ending_node : public release_node {
public:
  ending_node() {
    add_release_2(both_ways("2.0", advanced("red") + ", {load_module: ink}"));
    const auto file = root() / "releases" / "2" / "release.yaml";
    const auto text = files().read(file, 1 << 20);
    REQUIRE(text);
    REQUIRE(files().write(file, *text + "probation: {seconds: 3600}\n"));
  }
  /// As a supervisor does that gives up.
  void end_frame() {
    REQUIRE(instar::sys::terminate(node(), node().whereis("frame_sup"),
                                   instar::exit_reason::shutdown()));
  }
  void wait_for_loss() {
    auto& sched = node().sched();
    while (lost().empty())
      sched.wait([] { return false; }, sched.now() + 1ms);
  }
};

const char* const why = "application frame (permanent) has ended: shutdown";

}  // namespace

TEST_CASE("a permanent application that ends takes its release back") {
  ending_node t;
  auto report = t.install("2");
  REQUIRE(report.ok());
  CHECK(t.who("red_1") == "red 2.0");
  t.end_frame();
  t.handler().wait_for_probation(report);
  CHECK(outcome_of(t, report) ==
        std::string("rolled_back probation_failed: ") + why);
  // And it runs again, in the release before.
  CHECK(t.who("red_1") == "red 1.0");
  CHECK(t.all_serve());
  CHECK(t.statuses() == "1 permanent, 2 old");
  CHECK(t.lost().empty());
}

TEST_CASE("what the release before cannot start again ends the node") {
  ending_node t;
  auto report = t.install("2");
  REQUIRE(report.ok());
  t.configure("1", "frame: {color: none}\n");
  t.end_frame();
  t.handler().wait_for_probation(report);
  CHECK(outcome_of(t, report) ==
        std::string("rolled_back probation_failed: ") + why);
  CHECK(t.lost() == std::vector<std::string>{why});
}

TEST_CASE("without a probation the end of an application is the node's") {
  ending_node t;
  t.end_frame();
  t.wait_for_loss();
  CHECK(t.lost() == std::vector<std::string>{why});
}

TEST_SUITE_END();
