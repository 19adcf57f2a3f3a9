#include "release_handler/plan.hpp"

#include "appup/reader.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/result.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <fmt/format.h>

TEST_SUITE_BEGIN("release_handler/plan");

using namespace instar;
using namespace instar::release_handler;

namespace {

/// A plan from instructions as relup.yaml has them, one per line; a load or remove
/// may leave its purge methods out.
result<plan> plan_of(const std::string& lines) {
  std::string text = "vsn: \"2\"\nup:\n  - from: \"1\"\n    script:\n";
  for (std::size_t at = 0; at < lines.size();) {
    const auto end = lines.find('\n', at);
    auto line = lines.substr(at, end - at);
    if ((line.starts_with("load:") || line.starts_with("remove:")) &&
        line.find("purge") == std::string::npos) {
      line.insert(line.size() - 1,
                  ", pre_purge: brutal_purge, post_purge: brutal_purge");
    }
    text += "      - ";
    text += line;
    text += '\n';
    at = end == std::string::npos ? lines.size() : end + 1;
  }
  test::memory_file_system files;
  REQUIRE(files.make_folders("/r"));
  REQUIRE(files.write("/r/relup.yaml", text));
  const auto relup = appup::read_relup(files, "/r/relup.yaml");
  REQUIRE(relup);
  return make_plan(relup->up.front().script);
}

value json_of(const std::string& lines) {
  const auto made = plan_of(lines);
  REQUIRE(made);
  return to_json(*made);
}

/// "TAG: TEXT"
std::string error_of(const std::string& lines) {
  const auto made = plan_of(lines);
  REQUIRE_FALSE(made);
  return made.error().tag() + ": " + made.error().message();
}

value parsed(std::string_view text) {
  return boost::json::parse(boost::json::string_view(text.data(), text.size()));
}

// An advanced update of a module, as translation makes it.
std::string update(const std::string& m) {
  return "suspend: [" + m + "]\nload: {module: " + m +
         "}\ncode_change: " + "{mode: up, modules: [{module: " + m +
         ", extra: 1}]}\nresume: [" + m + "]\n";
}

}  // namespace

TEST_CASE("an empty script is an empty plan") {
  CHECK(json_of("point_of_no_return") ==
        parsed(R"({"before": [], "steps": []})"));
}

TEST_CASE("an advanced update is one batch") {
  CHECK(json_of("load_object_code: {lib: a, vsn: \"2.0\", modules: [m]}\n"
                "point_of_no_return\n" +
                update("m")) == parsed(R"({"before": [], "steps": [{"batch": [
      {"module": "m", "load": "a-2.0", "suspend": true, "code_change": true,
       "extra": 1}]}]})"));
}

TEST_CASE("blocks between two effects are merged into one batch") {
  const auto made = plan_of(
      "load_object_code: {lib: a, vsn: \"2.0\", modules: [m, n]}\n"
      "load_object_code: {lib: b, vsn: \"3.0\", modules: [o]}\n"
      "point_of_no_return\n" +
      update("m") + "load: {module: n}\n" + update("o"));
  REQUIRE(made);
  CHECK(made->batch_count() == 1);
  CHECK(to_json(*made) == parsed(R"({"before": [], "steps": [{"batch": [
      {"module": "m", "load": "a-2.0", "suspend": true, "code_change": true,
       "extra": 1},
      {"module": "n", "load": "a-2.0", "suspend": false, "code_change": false},
      {"module": "o", "load": "b-3.0", "suspend": true, "code_change": true,
       "extra": 1}]}]})"));
}

TEST_CASE("an effect divides batches and stands where it was written") {
  const auto made = plan_of(
      "load_object_code: {lib: a, vsn: \"2.0\", modules: [m, n]}\n"
      "point_of_no_return\n" +
      update("m") + "apply: {module: f, function: g, args: [1]}\n" +
      update("n"));
  REQUIRE(made);
  CHECK(made->batch_count() == 2);
  REQUIRE(made->steps.size() == 3);
  CHECK(std::get<batch>(made->steps[0]).modules.front().module == "m");
  CHECK(describe(std::get<effect>(made->steps[1])) == "f:g[1]");
  CHECK(std::get<batch>(made->steps[2]).modules.front().module == "n");
}

TEST_CASE("a suspend keeps its timeouts and a code_change its direction") {
  const auto made = plan_of(
      "load_object_code: {lib: a, vsn: \"1.0\", modules: [m, n, o]}\n"
      "point_of_no_return\n"
      "suspend: [{module: m, timeout: 70}, {module: n, timeout: infinity, when_busy: wait}, o]\n"
      "code_change: {mode: down, modules: [{module: m, extra: {a: 1}, timeout: 9}]}\n"
      "load: {module: m, pre_purge: soft_purge, post_purge: brutal_purge}\n"
      "load: {module: n, pre_purge: brutal_purge, post_purge: soft_purge}\n"
      "resume: [o, n, m]");
  REQUIRE(made);
  REQUIRE(made->steps.size() == 1);
  const auto& modules = std::get<batch>(made->steps[0]).modules;
  REQUIRE(modules.size() == 3);
  CHECK(modules[0].suspend_timeout ==
        appup::suspend_timeout(std::chrono::milliseconds(70)));
  CHECK(modules[0].way == appup::direction::down);
  CHECK(modules[0].is_converted);
  CHECK(modules[0].extra == parsed(R"({"a": 1})"));
  CHECK(modules[0].pre_purge == appup::purge_method::soft_purge);
  CHECK(modules[0].post_purge == appup::purge_method::brutal_purge);
  CHECK(std::holds_alternative<appup::infinite_timeout>(
      modules[1].suspend_timeout));
  CHECK_FALSE(modules[1].is_converted);
  CHECK(modules[1].pre_purge == appup::purge_method::brutal_purge);
  CHECK(modules[1].post_purge == appup::purge_method::soft_purge);
  CHECK(modules[1].when_busy == appup::busy_policy::wait);
  CHECK(modules[2].is_suspended);
  CHECK(modules[2].lib.empty());
  const auto shown = to_json(*made).at("steps").at(0).at("batch");
  CHECK(shown.at(0).at("limits") == parsed(R"({"suspend": 70, "convert": 9})"));
  CHECK(shown.at(1).at("limits") ==
        parsed(R"({"suspend": "infinity", "when_busy": "wait"})"));
  CHECK_FALSE(shown.at(2).as_object().contains("limits"));
}

TEST_CASE("a removed module is purged in its batch") {
  const auto made = plan_of(
      "point_of_no_return\nremove: {module: m}\n"
      "purge: [m]");
  REQUIRE(made);
  REQUIRE(made->batch_count() == 1);
  const auto& one = std::get<batch>(made->steps[0]).modules.front();
  CHECK(one.is_removed);
  CHECK(one.is_purged);
  CHECK(to_json(*made) == parsed(R"({"before": [], "steps": [{"batch": [
      {"module": "m", "remove": true, "suspend": false,
       "code_change": false}]}]})"));
}

TEST_CASE("a module that is removed and loaded again is replaced") {
  const auto made = plan_of(
      "load_object_code: {lib: a, vsn: \"2.0\", modules: [m]}\n"
      "point_of_no_return\nremove: {module: m}\npurge: [m]\n"
      "load: {module: m}");
  REQUIRE(made);
  REQUIRE(made->batch_count() == 1);
  const auto& one = std::get<batch>(made->steps[0]).modules.front();
  CHECK_FALSE(one.is_removed);
  CHECK(one.is_purged);
  CHECK(one.lib == "a");
}

TEST_CASE("stop and start are effects whose state is lost") {
  CHECK(json_of("point_of_no_return\nstop: [m, n]\nstart: [m, n]") ==
        parsed(R"({"before": [], "steps": [
          {"effect": "stop m, n", "undo": "lossy"},
          {"effect": "start m, n", "undo": "lossy"}]})"));
}

TEST_CASE("an apply before the point of no return comes before everything") {
  CHECK(json_of("apply: {module: f, function: g, args: []}\n"
                "point_of_no_return") == parsed(R"({"before": [
          {"effect": "f:g[]", "undo": "none"}], "steps": []})"));
}

TEST_CASE("an apply with an undo can be taken back exactly") {
  CHECK(json_of("point_of_no_return\n"
                "apply: {module: f, function: g, args: [a], "
                "undo: {module: f, function: h, args: [b]}}") ==
        parsed(R"({"before": [], "steps": [
          {"effect": "f:g[\"a\"]", "undo": "exact", "undone_by": "f:h"}]})"));
}

TEST_CASE("the runtime's own functions have an inverse") {
  const auto undo_of = [](const std::string& function) {
    const auto made = plan_of(
        "point_of_no_return\napply: {module: application"
        ", function: " +
        function + ", args: [kv, permanent]}");
    REQUIRE(made);
    const auto& one = std::get<effect>(made->steps.front());
    return std::string(to_string(one.undoing)) +
           (one.undo ? " " + one.undo->function + " " +
                           boost::json::serialize(one.undo->args)
                     : "");
  };
  CHECK(undo_of("start") == R"(exact stop ["kv"])");
  CHECK(undo_of("stop") == R"(lossy start ["kv"])");
  CHECK(undo_of("load") == R"(exact unload ["kv"])");
  CHECK(undo_of("unload") == R"(exact load ["kv"])");
  CHECK(undo_of("other") == "none");
}

TEST_CASE("an effect between suspend and resume is refused") {
  const std::string begin =
      "load_object_code: {lib: a, vsn: \"2.0\", modules: [m, n]}\n"
      "point_of_no_return\nsuspend: [n, m]\nload: {module: m}\n";
  CHECK(error_of(begin + "apply: {module: f, function: g, args: []}\n"
                         "resume: [m, n]") ==
        "effect_in_batch: apply (f:g[]) stands between the suspend and the "
        "resume of m, n: an effect cannot be part of the pause");
  CHECK(error_of(begin + "resume: [n]\nstop: [o]\nresume: [m]") ==
        "effect_in_batch: stop (stop o) stands between the suspend and the "
        "resume of m: an effect cannot be part of the pause");
  CHECK(error_of(begin + "start: [o]\nresume: [m, n]") ==
        "effect_in_batch: start (start o) stands between the suspend and the "
        "resume of m, n: an effect cannot be part of the pause");
}

TEST_CASE("a restart leaves of a script what its start does not do") {
  const std::string work =
      "load_object_code: {lib: a, vsn: \"2\", modules: [m]}\n"
      "apply: {module: f, function: before, args: []}\n"
      "point_of_no_return\n"
      "stop: [n]\n"
      "suspend: [m]\n"
      "load: {module: m}\n"
      "code_change: {mode: up, modules: [{module: m, extra: null}]}\n"
      "resume: [m]\n"
      "apply: {module: application, function: start, args: [b]}\n"
      "apply: {module: f, function: after, args: [], undo: {module: f, "
      "function: back, args: []}}\n"
      "start: [n]";
  SUBCASE("at the end") {
    CHECK(json_of(work + "\nrestart_emulator") == parsed(R"({
        "before": [{"effect": "f:before[]", "undo": "none"}],
        "steps": [], "restart": {"undo": "lossy"},
        "after_restart": [{"effect": "f:after[]", "undo": "exact",
                           "undone_by": "f:back"}]})"));
  }
  SUBCASE("of a new runtime") {
    const auto wanted = parsed(R"({
        "before": [], "steps": [], "restart": {"undo": "lossy"},
        "after_restart": [{"effect": "f:before[]", "undo": "none"},
                          {"effect": "f:after[]", "undo": "exact",
                           "undone_by": "f:back"}]})");
    CHECK(json_of("restart_new_emulator\n" + work) == wanted);
    // One start is enough for both.
    CHECK(json_of("restart_new_emulator\n" + work + "\nrestart_emulator") ==
          wanted);
  }
}

TEST_CASE("a restart stands where the compiler places it") {
  CHECK(error_of("point_of_no_return\nrestart_new_emulator") ==
        "illegal_instruction: restart_new_emulator must be the first "
        "instruction");
  CHECK(error_of("restart_emulator\npoint_of_no_return") ==
        "illegal_instruction: restart_emulator must be the last instruction");
}

TEST_CASE("a node that is alone waits for no other") {
  for (const auto* nodes : {"[]", "[\"nonode@nohost\"]"}) {
    CHECK(json_of(std::string("point_of_no_return\nsync_nodes: {id: 1, "
                              "nodes: ") +
                  nodes + "}") == parsed(R"({"before": [], "steps": []})"));
  }
  CHECK(error_of("point_of_no_return\nsync_nodes: {id: 1, nodes: [n]}") ==
        "sync_error: sync_nodes: n cannot be waited for: nodes are not "
        "connected to each other, and this one is nonode@nohost");
  CHECK(error_of("point_of_no_return\nsync_nodes: {id: 1, module: m, function: "
                 "f, args: []}") ==
        "sync_error: sync_nodes: which nodes m:f names cannot be known before "
        "it is called, and this one is connected to none");
}

TEST_CASE("an instruction before the point of no return is refused") {
  const auto refused = [](const std::string& keyword, const std::string& rest) {
    CHECK(error_of("load_object_code: {lib: a, vsn: \"2\", modules: [m]}\n" +
                   keyword + ": " + rest + "\npoint_of_no_return") ==
          "illegal_instruction: " + keyword + " before point_of_no_return");
  };
  refused("suspend", "[m]");
  refused("resume", "[m]");
  refused("load", "{module: m}");
  refused("remove", "{module: m}");
  refused("purge", "[m]");
  refused("code_change", "{mode: up, modules: [{module: m, extra: 1}]}");
  refused("stop", "[m]");
  refused("start", "[m]");
}

TEST_CASE("a load needs its object code") {
  CHECK(error_of("point_of_no_return\nload: {module: m}") ==
        "no_such_file: load of m without load_object_code");
}

TEST_CASE("what is suspended must be resumed") {
  CHECK(error_of("point_of_no_return\nsuspend: [m, n]\nresume: [n]") ==
        "illegal_instruction: the script suspends m and never resumes it");
}

TEST_CASE("a code_change without a suspend is part of its batch") {
  // As the translation lets it pass; the states go over behind a gate anyhow.
  CHECK(json_of("load_object_code: {lib: a, vsn: \"2\", modules: [m]}\n"
                "point_of_no_return\nload: {module: m}\n"
                "code_change: {mode: up, modules: [{module: m, extra: 1}]}") ==
        parsed(R"({"before": [], "steps": [{"batch": [
      {"module": "m", "load": "a-2", "suspend": false, "code_change": true,
       "extra": 1}]}]})"));
}

TEST_SUITE_END();
