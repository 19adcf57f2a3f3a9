#include "tests/upgrade/releases/release_node.hpp"

TEST_SUITE_BEGIN("upgrade/releases/install");

using namespace instar::release_handler::test;

namespace {

std::string red_and_ink() {
  return both_ways("2.0", advanced("red") + ", {load_module: ink}");
}

}  // namespace

TEST_CASE("an installation takes states and code over and back again") {
  release_node node;
  node.add_release_2(red_and_ink());
  node.cast("red_1", cell::note{5});
  CHECK(node.who("red_1") == "red 1.0");
  CHECK(node.call("red_1", cell::show{7}) == "7 in ink 1.0");
  const auto pid = node.node().whereis("red_1");

  CHECK(outcome_of(node, node.install("2")) == "installed");
  CHECK(node.who("red_1") == "red 2.0");
  CHECK(node.call("red_1", cell::show{7}) == "7 in ink 2.0");
  CHECK(node.call("blue_1", cell::show{7}) == "7 in ink 2.0");
  CHECK(node.state("red_1") ==
        R"({"number":1,"heard":[5],"listener":{"id":0},"unread":"",)"
        R"("came_from":"1.0"})");
  CHECK(node.node().whereis("red_1") == pid);
  CHECK(node.all_serve());

  CHECK(outcome_of(node, node.install("1")) == "installed");
  CHECK(node.who("red_1") == "red 1.0");
  CHECK(node.call("red_1", cell::show{7}) == "7 in ink 1.0");
  CHECK(node.state("red_1") ==
        R"({"number":1,"heard":[5],"listener":{"id":0},"unread":""})");

  CHECK(outcome_of(node, node.install("2")) == "installed");
  CHECK(node.who("red_3") == "red 2.0");
  CHECK(node.node().whereis("red_1") == pid);
  CHECK(node.all_serve());
  CHECK(node.warnings().empty());
}

TEST_SUITE_END();
