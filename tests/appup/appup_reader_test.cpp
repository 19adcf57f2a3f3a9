#include "appup/manifest.hpp"
#include "appup/reader.hpp"
#include "tests/appup/support.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <string>

namespace {

using namespace instar;

result<appup::appup_spec> read(std::string_view text) {
  test::manifests in;
  return appup::read_appup(in.with("appup.yaml", text).files(), "appup.yaml");
}

bool matches(const std::string& pattern, const std::string& vsn) {
  const appup::appup_entry entry{appup::regex_vsn{pattern}, {}, {}};
  const auto answer = appup::matches(entry, vsn);
  CHECK_FALSE(answer.error);
  return answer.matches;
}

std::string match_error(const std::string& pattern, const std::string& vsn) {
  const appup::appup_entry entry{appup::regex_vsn{pattern}, {}, {}};
  const auto answer = appup::matches(entry, vsn);
  CHECK_FALSE(answer.matches);
  REQUIRE(answer.error);
  CHECK(answer.error->tag == appup::errc::bad_regex);
  return answer.error->message;
}

}  // namespace

TEST_SUITE("appup/appup_reader") {
  TEST_CASE("instructions know where they were written") {
    const auto spec = read(R"(vsn: "1.1.0"
up:
  - from: "1.0.0"
    instructions:
      - update: {module: counter, change: {advanced: {step: 2}}}
      - load_module: counter_format
down:
  - to: {regex: "1\\.0\\..*"}
    instructions:
      - update: {module: counter, dep_mods: [counter_format]}
)");
    REQUIRE(spec);
    REQUIRE(spec->up.size() == 1);
    REQUIRE(spec->up[0].instructions.size() == 2);
    const auto& first = spec->up[0].instructions[0];
    CHECK(first.where.file->name == "appup.yaml");
    CHECK(first.where.at == appup::text_position{5, 9});
    CHECK(first.name_at == appup::text_position{5, 26});
    const auto& updates =
        std::get<appup::update>(std::get<appup::high_level>(first.what));
    CHECK(updates.module == "counter");
    CHECK(std::get<appup::advanced_change>(updates.change).extra ==
          value{{"step", 2}});
    CHECK(updates.pre_purge == appup::purge_method::brutal_purge);
    REQUIRE(spec->down.size() == 1);
    CHECK(std::get<appup::regex_vsn>(spec->down[0].from).pattern ==
          "1\\.0\\..*");
    CHECK(spec->down[0].instructions[0].modules_at ==
          std::vector<appup::text_position>{{10, 46}});
  }

  TEST_CASE("errors of the file and of its instructions are said at once") {
    const auto spec = read(R"(vsn: 2.0
up:
  - from: 1.0
    instructions: []
  - to: "1"
    instructions: []
  - from: {regex: "1.(*"}
    instructions: [{update: Foo}]
down: soon
)");
    REQUIRE_FALSE(spec);
    CHECK(spec.error().code == appup::errc::file_problem);
    CHECK(
        spec.error().context ==
        R"(appup.yaml:1:6: error[file_problem]: vsn must be a version, not the number 2.0; a version is a string: write "2.0", in quotes
  vsn: 2.0
       ^
appup.yaml:3:11: error[file_problem]: from must be a version, not the number 1.0; a version is a string: write "1.0", in quotes
    - from: 1.0
            ^
appup.yaml:5:5: error[unknown_key]: an entry of up has no key "to"
    - to: "1"
      ^
appup.yaml:9:7: error[file_problem]: down must be a list of {to: VSN, instructions: [...]}, not "soon"
  down: soon
        ^
appup.yaml:7:11: error[bad_regex]: "1.(*" is no regular expression: Invalid or unterminated Perl (?...) sequence.  The error occurred while parsing the regular expression: '1.>>>HERE>>>(*'.
    - from: {regex: "1.(*"}
            ^
appup.yaml:8:29: error[bad_module]: "Foo" is no name of a module: a small letter, then letters, digits and _
      instructions: [{update: Foo}]
                              ^)");
  }

  TEST_CASE("a misspelt key of an entry does not hide its instructions") {
    const auto spec = read(R"(vsn: "2.0"
up:
  - form: "1.0"
    instructions: [frob]
  - from: "1.1"
    instruction: [frob]
  - {from: {regex: 1, flags: i}, instructions: {update: foo}}
down:
  from: "1.0"
)");
    REQUIRE_FALSE(spec);
    CHECK(
        spec.error().context ==
        R"(appup.yaml:3:5: error[unknown_key]: an entry of up has no key "form" (did you mean "from"?)
    - form: "1.0"
      ^
appup.yaml:4:20: error[bad_instruction]: there is no instruction "frob"
      instructions: [frob]
                     ^
appup.yaml:6:5: error[unknown_key]: an entry of up has no key "instruction" (did you mean "instructions"?)
      instruction: [frob]
      ^
appup.yaml:7:23: error[unknown_key]: from has no key "flags"
    - {from: {regex: 1, flags: i}, instructions: {update: foo}}
                        ^
appup.yaml:7:20: error[bad_regex]: a regular expression must be a string, not the number 1
    - {from: {regex: 1, flags: i}, instructions: {update: foo}}
                     ^
appup.yaml:9:3: error[file_problem]: down must be a list of {to: VSN, instructions: [...]}, not a map: each item of a list begins with "- "
    from: "1.0"
    ^)");
  }

  TEST_CASE("entries of a wrong shape are skipped with a warning") {
    const auto spec = read(R"(vsn: "2.0"
up:
  - foo
  - from: [1]
    instructions: []
  - from: "1.0"
  - {from: "1.0", instructions: []}
)");
    REQUIRE(spec);
    CHECK(spec->up.size() == 1);
    CHECK(
        appup::to_text(spec->warnings) ==
        R"(appup.yaml:3:5: warning[bad_entry]: skipped: an entry is {from: VSN, instructions: [...]}, not "foo"
    - foo
      ^
appup.yaml:4:11: warning[bad_entry]: skipped: from is a version or {regex: PATTERN}, not a list
    - from: [1]
            ^
appup.yaml:6:5: warning[bad_entry]: skipped: the entry has no key "instructions"
    - from: "1.0"
      ^)");
  }

  TEST_CASE("a pattern matches the whole version or not at all") {
    CHECK(matches("1\\.0\\..*", "1.0.17"));
    CHECK_FALSE(matches("1\\.0", "1.0.17"));
    CHECK_FALSE(matches("0\\.17", "1.0.17"));
    CHECK(matches("1|1\\.2\\.3", "1.2.3"));
    CHECK(matches("^1\\.2$", "1.2"));
  }

  TEST_CASE("a bad pattern is an error and not a match") {
    CHECK(match_error("(", "1").find("is no regular expression") !=
          std::string::npos);
    CHECK(
        match_error(std::string(257, '1'), "1") ==
        "the regular expression is longer than 256 characters: write several entries");
  }

  TEST_CASE("a pattern that explodes is given up") {
    const auto long_vsn = std::string(63, '1') + "x";
    for (const auto* pattern :
         {"(1+)+y", "(1|11)+y", "(.*)*(.*)*(.*)*y",
          "(((1{1,60}){1,60}){1,60}){1,60}", "(?:(?:(?:1?){63}){9}){9}y"}) {
      CHECK(
          match_error(pattern, long_vsn) ==
          fmt::format(
              "\"{}\" takes too many steps to match \"{}\": repeat nothing that repeats itself",
              pattern, long_vsn));
    }
  }
}
