// `relup make --explain`.
#include "tests/appup/support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

namespace {

using namespace instar;

appup::make_relup_answer explained(test::upgrade& upgrade) {
  upgrade.request.explain = true;
  auto answer = upgrade.make();
  REQUIRE_MESSAGE(answer.ok(), test::errors_of(answer));
  REQUIRE(answer.explained);
  return answer;
}

// `KEYWORD: ORIGIN, ... [why] [here]` of each instruction.
std::string short_text(const appup::script& script,
                       const appup::explanations& all) {
  REQUIRE(script.size() == all.size());
  std::string text;
  for (std::size_t i = 0; i < script.size(); ++i) {
    text += appup::keyword(script[i]);
    const char* between = ": ";
    for (const auto& one : all[i].origins) {
      text += between + one.written;
      if (one.where.file)
        text += " (" + std::to_string(one.where.at.line) + ")";
      between = ", ";
    }
    text += std::string(" [") + appup::tag_of(all[i].why) + "] [" +
            appup::tag_of(all[i].here) + "]\n";
  }
  return text;
}

std::string up_text(const appup::make_relup_answer& answer) {
  return short_text(answer.relup->up[0].script, answer.explained->up[0]);
}
std::string down_text(const appup::make_relup_answer& answer) {
  return short_text(answer.relup->down[0].script, answer.explained->down[0]);
}

}  // namespace

TEST_SUITE("appup/explain") {
  TEST_CASE("a block says for each instruction who wrote it and which rule") {
    test::upgrade upgrade;
    upgrade
        .up("- update: {module: foo, change: {advanced: 1}, dep_mods: [bar]}\n"
            "- load_module: bar\n"
            "- delete_module: old\n")
        .down(
            "- update: {module: foo, change: {advanced: 1}, dep_mods: [bar]}\n"
            "- update: {module: bar, change: {advanced: 1}, mod_type: "
            "static}\n");
    const auto answer = explained(upgrade);
    CHECK(up_text(answer) ==
          "load_object_code: update foo (5), load_module bar (6) "
          "[reads_object_code] [with_object_code]\n"
          "point_of_no_return [point_of_no_return] [at_point_of_no_return]\n"
          "suspend: update foo (5) [suspends] [block_start]\n"
          "load: load_module bar (6) [loads] [block_loads_up]\n"
          "load: update foo (5) [loads] [block_loads_up]\n"
          "code_change: update foo (5) [converts] [block_converts_up]\n"
          "resume: update foo (5) [resumes] [block_end]\n"
          "remove: delete_module old (7) [deletes] [block_loads_up]\n"
          "purge: delete_module old (7) [deletes] [block_loads_up]\n");
    CHECK(
        down_text(answer) ==
        "load_object_code: update foo (11), update bar (12) "
        "[reads_object_code] [with_object_code]\n"
        "point_of_no_return [point_of_no_return] [at_point_of_no_return]\n"
        "suspend: update foo (11), update bar (12) [suspends] [block_start]\n"
        "code_change: update foo (11) [converts] "
        "[block_converts_before_load]\n"
        "load: update foo (11) [loads] [block_loads_down]\n"
        "load: update bar (12) [loads] [block_loads_down]\n"
        "code_change: update bar (12) [converts] [block_converts_after_load]\n"
        "resume: update bar (12), update foo (11) [resumes] [block_end]\n");
  }

  TEST_CASE("low-level instructions say that they are taken over") {
    test::upgrade upgrade;
    upgrade
        .up("- load_object_code: {lib: a, vsn: \"2.0\", modules: [foo]}\n"
            "- apply: {module: m, function: before, args: []}\n"
            "- point_of_no_return\n"
            "- load: {module: foo, pre_purge: soft_purge, post_purge: "
            "soft_purge}\n"
            "- apply: {module: m, function: after, args: []}\n")
        .down(" []\n");
    CHECK(up_text(explained(upgrade)) ==
          "load_object_code: load_object_code a-2.0 (5) [as_written] "
          "[with_object_code]\n"
          "apply: apply m:before (6) [as_written] "
          "[before_point_of_no_return]\n"
          "point_of_no_return: point_of_no_return (7) [point_of_no_return] "
          "[at_point_of_no_return]\n"
          "load: load foo (8) [as_written] [as_written]\n"
          "apply: apply m:after (9) [as_written] [as_written]\n");
  }

  TEST_CASE("applications that come and go are the release's own doing") {
    test::upgrade upgrade;
    upgrade.up(" []\n").down(" []\n");
    upgrade.with("new.yaml",
                 "release: rel\nvsn: \"2\"\napplications:\n- a: \"2.0\"\n- b: "
                 "\"1\"\n");
    upgrade.with("lib/b-1/app.yaml",
                 "application: b\nvsn: \"1\"\nmodules: [b1, b2]\n");
    const auto answer = explained(upgrade);
    CHECK(up_text(answer) ==
          "load_object_code: only release 2 has b (5) [reads_object_code] "
          "[with_object_code]\n"
          "point_of_no_return [point_of_no_return] [at_point_of_no_return]\n"
          "load: only release 2 has b (5) [loads] [block_loads_up]\n"
          "load: only release 2 has b (5) [loads] [block_loads_up]\n"
          "apply: only release 2 has b (5) [starts_application] "
          "[added_applications]\n");
    CHECK(down_text(answer) ==
          "point_of_no_return [point_of_no_return] [at_point_of_no_return]\n"
          "apply: only release 2 has b (5) [stops_application] "
          "[removed_applications]\n"
          "remove: only release 2 has b (5) [removes_modules] "
          "[removed_applications]\n"
          "remove: only release 2 has b (5) [removes_modules] "
          "[removed_applications]\n"
          "purge: only release 2 has b (5) [removes_modules] "
          "[removed_applications]\n"
          "apply: only release 2 has b (5) [unloads_application] "
          "[removed_applications]\n");
  }

  TEST_CASE("a restarted application says what became of it") {
    test::upgrade upgrade;
    upgrade.up("- restart_application: a\n").down(" []\n");
    CHECK(up_text(explained(upgrade)) ==
          "load_object_code: restart_application a (5) [reads_object_code] "
          "[with_object_code]\n"
          "point_of_no_return [point_of_no_return] [at_point_of_no_return]\n"
          "apply: restart_application a (5) [stops_application] "
          "[as_written]\n"
          "remove: restart_application a (5) [removes_modules] [as_written]\n"
          "remove: restart_application a (5) [removes_modules] [as_written]\n"
          "remove: restart_application a (5) [removes_modules] [as_written]\n"
          "purge: restart_application a (5) [removes_modules] [as_written]\n"
          "load: restart_application a (5) [loads] [block_loads_up]\n"
          "load: restart_application a (5) [loads] [block_loads_up]\n"
          "load: restart_application a (5) [loads] [block_loads_up]\n"
          "apply: restart_application a (5) [starts_application] "
          "[as_written]\n");
  }

  TEST_CASE("restarts say whether the runtime or an option wants them") {
    test::upgrade upgrade;
    upgrade.up(" []\n").down(" []\n");
    upgrade.with("old.yaml",
                 "release: rel\nvsn: \"1\"\nruntime: \"0.1\"\napplications: "
                 "[a: \"1.0\"]\n");
    upgrade.with("new.yaml",
                 "release: rel\nvsn: \"2\"\nruntime: \"0.2\"\napplications: "
                 "[a: \"2.0\"]\n");
    upgrade.request.restart_emulator = true;
    const auto answer = explained(upgrade);
    CHECK(up_text(answer) ==
          "restart_new_emulator: runtime 0.2 (3) [restarts_into_runtime] "
          "[first_of_all]\n"
          "point_of_no_return [point_of_no_return] [at_point_of_no_return]\n"
          "restart_emulator: --restart-emulator [restarts_at_end] "
          "[last_of_all]\n");
    CHECK(down_text(answer) ==
          "point_of_no_return [point_of_no_return] [at_point_of_no_return]\n"
          "restart_emulator: --restart-emulator, runtime 0.1 (3) "
          "[restarts_at_end] [last_of_all]\n");
  }

  TEST_CASE("a block that stands for an earlier instruction says so") {
    test::upgrade upgrade;
    upgrade
        .up("- load_module: {module: bar, dep_mods: [foo]}\n"
            "- load_module: foo\n")
        .down(" []\n");
    const auto answer = explained(upgrade);
    const auto& of_foo = answer.explained->up[0][2];
    REQUIRE(of_foo.block.size() == 1);
    CHECK(appup::to_lines(of_foo) ==
          std::vector<std::string>{
              "lib/a-2.0/appup.yaml:6: load_module foo",
              "  why: the new code becomes current [loads]",
              "  here: going up a module is loaded before those that depend on "
              "it [block_loads_up]",
              "  the block stands in the place of lib/a-2.0/appup.yaml:5: "
              "load_module bar"});
  }

  TEST_CASE("a relup with its explanations is still the same relup") {
    test::upgrade upgrade;
    upgrade.up("- update: foo\n").down("- load_module: foo\n");
    const auto answer = explained(upgrade);
    const auto text = appup::write_relup(*answer.relup, &*answer.explained);
    CHECK(text.starts_with(
        "vsn: \"2\"\n"
        "up:\n"
        "  - from: \"1\"\n"
        "    description: \"\"\n"
        "    script:\n"
        "      # lib/a-2.0/appup.yaml:5: update foo\n"
        "      #   why: what is loaded later is read before anything is "
        "touched; one instruction per application, for all its modules "
        "[reads_object_code]\n"
        "      #   here: first of all that is read, in the order of the first "
        "mention [with_object_code]\n"
        "      - load_object_code: {\"lib\": \"a\", \"vsn\": \"2.0\", "
        "\"modules\": [\"foo\"]}\n"));
    upgrade.with("relup.yaml", text);
    const auto again = appup::read_relup(upgrade.files(), "relup.yaml");
    REQUIRE_MESSAGE(again, again.error().context);
    CHECK(*again == *answer.relup);
  }

  TEST_CASE("nobody asks and nothing is said") {
    test::upgrade upgrade;
    upgrade.up(" []\n").down(" []\n");
    CHECK_FALSE(upgrade.make().explained);
  }

  TEST_CASE("every rule has a tag and a text of its own") {
    std::set<std::string> seen;
    for (int i = 0; i <= static_cast<int>(appup::reason::restarts_at_end);
         ++i) {
      CHECK(seen.insert(appup::text_of(static_cast<appup::reason>(i))).second);
    }
    for (int i = 0; i <= static_cast<int>(appup::place::last_of_all); ++i)
      CHECK(seen.insert(appup::text_of(static_cast<appup::place>(i))).second);
  }
}
