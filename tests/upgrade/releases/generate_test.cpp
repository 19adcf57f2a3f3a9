// Appups as `appup generate` proposes them, on a node.
#include "appup/appup_proposal.hpp"
#include "cli/application_versions.hpp"
#include "tests/upgrade/releases/release_node.hpp"

TEST_SUITE_BEGIN("upgrade/releases/generate");

using namespace instar::release_handler::test;
using instar::appup::appup_proposal;

namespace {

// Release 2, whose cell has no appup yet, and the one that is proposed for it.
appup_proposal add_release_2(release_node& node, const application& cell) {
  node.add_release("2", {cell, other_at("1.0"), frame()});
  const auto lib = node.root() / "lib";
  const auto newer = lib / (cell.name + "-" + cell.vsn);
  const auto versions = instar::cli::read_application_versions(
      node.files(), lib / "cell-1.0", newer);
  for (const auto& one : versions.errors)
    MESSAGE(one.message());
  REQUIRE(versions.read);
  auto proposal = instar::appup::propose_appup(*versions.read);
  REQUIRE(node.files().write(newer / "appup.yaml",
                             instar::appup::write_appup(proposal)));
  return proposal;
}

const instar::appup::proposed_instruction& of_red(
    const instar::appup::proposed_way& way) {
  for (const auto& one : way.instructions) {
    if (one.module == "red")
      return one;
  }
  FAIL("red has no instruction");
  return way.instructions.front();
}

}  // namespace

TEST_CASE("a proposed appup leads up and down and up again") {
  release_node node;
  auto cell = cell_at("2.0");
  cell.modules.emplace_back("page");
  const auto proposal = add_release_2(node, cell);
  CHECK(proposal.decision_count() == 0);
  node.cast("red_1", cell::note{5});
  const auto before = node.state("red_1");
  const auto pid = node.node().whereis("red_1");

  const auto up = node.install("2");
  CHECK(outcome_of(node, up) == "installed");
  CHECK(up.batches == 1);
  CHECK(node.who("red_1") == "red 2.0");
  CHECK(node.current_vsn("page") == "2.0");
  CHECK(node.state("red_1") ==
        R"({"number":1,"heard":[5],"listener":{"id":0},"unread":"",)"
        R"("came_from":"1.0"})");
  CHECK(node.node().whereis("red_1") == pid);
  CHECK(node.all_serve());

  CHECK(outcome_of(node, node.install("1")) == "installed");
  CHECK(node.who("red_1") == "red 1.0");
  CHECK(node.state("red_1") == before);
  CHECK(node.current_vsn("page") == "none");

  CHECK(outcome_of(node, node.install("2")) == "installed");
  CHECK(node.node().whereis("red_1") == pid);
  CHECK(node.all_serve());
}

TEST_CASE("where a proposal asks for a conversion a node refuses without it") {
  release_node node;
  const auto proposal = add_release_2(node, cell_at("no_down"));
  CHECK(of_red(proposal.up).decisions.empty());
  CHECK(of_red(proposal.down).decisions ==
        std::vector<std::string>{
            "field came_from would be dropped: write state_1 "
            "code_change_down(const state& now, const instar::change&) in red "
            "no_down"});
  CHECK(outcome_of(node, node.install("2")) == "installed");
  CHECK(outcome_of(node, node.install("1"))
            .starts_with("refused layout_mismatch: "));
  CHECK(node.who("red_1") == "red no_down");
}

TEST_CASE("where a proposal says that a conversion does not fit a node does") {
  release_node node;
  const auto proposal = add_release_2(node, cell_at("other_old"));
  const std::string difference =
      "field heard is vector<int8> at 8 but vector<int4> at 8 is declared";
  CHECK(of_red(proposal.up).decisions ==
        std::vector<std::string>{
            "the code_change of red other_old takes cell.state_1, which is not "
            "the state of 1.0: " +
            difference + "; correct it, or declare one more"});
  const auto outcome = outcome_of(node, node.install("2"));
  CHECK(outcome.starts_with("refused layout_mismatch: "));
  CHECK(outcome.find(difference) != std::string::npos);
  CHECK(node.all_serve());
}
