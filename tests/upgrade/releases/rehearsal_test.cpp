// Rehearsals on a whole node that serves meanwhile.
#include "runtime/memory_budget.hpp"
#include "tests/upgrade/releases/release_node.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <future>

TEST_SUITE_BEGIN("upgrade/releases/rehearsal");

using namespace instar::release_handler::test;
using instar::release_handler::check_report;
using instar::release_handler::install_options;

namespace {

/// Release 2 has cell of that version, whose red is converted.
void add_release(release_node& node, const std::string& vsn) {
  node.add_release(
      "2",
      {cell_at(vsn, both_ways(vsn, advanced("red") + ", {load_module: ink}")),
       other_at("1.0"), frame()});
}

/// red_2 has noted 13, the others have not.
void bring_bad_luck(release_node& node) {
  node.cast("red_2", cell::note{13});
  node.call<cell::heard>("red_2");
}

install_options rehearsing() {
  install_options options;
  options.rehearse = true;
  return options;
}

install_options isolated() {
  auto options = rehearsing();
  options.isolated = true;
  options.code_change_timeout = 200ms;
  return options;
}

check_report checked(release_node& node, const install_options& options) {
  auto report = node.handler().check_install_release("2", options, {});
  REQUIRE(report);
  REQUIRE(report->rehearsal);
  REQUIRE(report->rehearsal->modules.size() == 1);
  return std::move(*report);
}

std::string error_of(const check_report& report) {
  return std::string(to_json(report).at("error").at("message").as_string());
}

}  // namespace

TEST_CASE("a check rehearses every conversion and touches nothing") {
  release_node node;
  add_release(node, "2.0");
  const auto before = node.snapshot();
  auto options = rehearsing();
  options.round_trip = true;
  const auto report = checked(node, options);
  CHECK(report.ok());
  const auto& red = report.rehearsal->modules.front();
  CHECK(red.module == "red");
  CHECK(red.processes == 3);
  CHECK(red.up.succeeded == 3);
  CHECK(red.down.succeeded == 3);
  CHECK(red.compared == 3);
  CHECK(red.differing == 0);
  const auto shown = to_json(report);
  CHECK(shown.at("ok") == true);
  CHECK(shown.at("memory").at("measured") == instar::are_allocations_charged());
  CHECK(node.snapshot() == before);
  CHECK(node.all_serve());
  CHECK(node.install("2").ok());
}

TEST_CASE("a rehearsal that fails refuses the installation") {
  release_node node;
  add_release(node, "throws");
  bring_bad_luck(node);
  const auto before = node.snapshot();
  const auto outcome = outcome_of(node, node.install("2", rehearsing()));
  CHECK(outcome ==
        fmt::format("refused code_change_failed: the rehearsal failed for 1 of "
                    "3 processes: red_2 ({0}): code_change of red in process "
                    "{0} red_2 failed: 13 brings bad luck",
                    instar::to_string(node.node().whereis("red_2"))));
  CHECK(node.snapshot() == before);
  CHECK_FALSE(checked(node, rehearsing()).ok());
}

TEST_CASE("a crash in a child is found and the node serves on") {
  release_node node;
  add_release(node, "crashes");
  bring_bad_luck(node);
  const auto before = node.snapshot();
  const auto report = checked(node, isolated());
  CHECK_FALSE(report.ok());
  CHECK(report.rehearsal->modules.front().up.succeeded == 2);
  CHECK(error_of(report).find("the rehearsal failed for 1 of 3 processes: "
                              "red_2 (") == 0);
  CHECK(node.snapshot() == before);
  CHECK(node.all_serve());
  CHECK_FALSE(node.install("2", isolated()).ok());
  CHECK(node.snapshot() == before);
}

TEST_CASE(
    "a conversion that hangs in a child is found and the node serves on") {
  release_node node;
  add_release(node, "hangs");
  bring_bad_luck(node);
  const auto before = node.snapshot();
  const auto report = checked(node, isolated());
  CHECK(error_of(report).ends_with("code_change did not return within 200 ms"));
  CHECK(report.rehearsal->modules.front().up.succeeded == 2);
  CHECK(node.snapshot() == before);
  CHECK(node.all_serve());
}

TEST_CASE("who is inside a handler is rehearsed when it returns") {
  release_node node;
  add_release(node, "2.0");
  blocked_process blocked(node, "red_3");
  auto report = std::async(std::launch::async, [&] {
    return node.handler().check_install_release("2", rehearsing(), {});
  });
  blocked.leave();
  const auto done = report.get();
  REQUIRE(done);
  REQUIRE(done->rehearsal);
  CHECK(done->rehearsal->modules.front().up.succeeded == 3);
  CHECK(done->rehearsal->modules.front().left_out == 0);
}

TEST_CASE("second states over the memory limit are refused with the numbers") {
  if (!instar::are_allocations_charged())
    return;
  release_node node;
  add_release(node, "2.0");
  auto options = rehearsing();
  options.memory_limit_bytes = 10;
  const auto least = node.handler().check_install_release("2", options, {});
  REQUIRE_FALSE(least);
  CHECK(least.error().tag() == "memory_limit");
  CHECK(least.error().message().find("and its second states take at least") !=
        std::string::npos);
  node.cast("red_1", cell::note{1});
  node.call<cell::heard>("red_1");
  const auto bytes =
      checked(node, rehearsing()).rehearsal->modules.front().bytes;
  options.memory_limit_bytes = static_cast<std::size_t>(bytes - 1);
  const auto measured = node.handler().check_install_release("2", options, {});
  REQUIRE_FALSE(measured);
  CHECK(measured.error().tag() == "memory_limit");
  CHECK(measured.error().message().find(
            fmt::format("its second states took {} bytes when they were "
                        "rehearsed, where {} are allowed",
                        bytes, bytes - 1)) != std::string::npos);
}

TEST_SUITE_END();
