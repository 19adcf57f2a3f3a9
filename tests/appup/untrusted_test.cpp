// Manifests made to harm: each is refused with its tag, and quickly.
#include "appup/reader.hpp"
#include "tests/appup/support.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace instar;
using appup::errc;

failure refused(std::string_view text, const char* file = "config.yaml") {
  test::manifests in;
  const auto read = appup::read_config(in.with(file, text).files(), file);
  REQUIRE_FALSE(read);
  return read.error();
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i)
    all += text;
  return all;
}

std::string nested(std::size_t depth) {
  return "a: {k: " + repeated("[", depth) + repeated("]", depth) + "}\n";
}

}  // namespace

TEST_SUITE("appup/untrusted") {
  TEST_CASE("a file above the limit is not parsed") {
    const auto why =
        refused("a: \"" + std::string(appup::manifest_limit_bytes, 'x') + "\"");
    CHECK(why.code == errc::too_large);
    CHECK(why.context == "config.yaml: error[too_large]: larger than 8 MiB");
  }

  TEST_CASE("nesting has a limit in YAML and in JSON") {
    const auto limit = appup::manifest_limit_depth;
    test::manifests in;
    in.with("config.yaml", nested(limit - 2));
    CHECK(appup::read_config(in.files(), "config.yaml"));
    const auto why = refused(nested(limit - 1));
    CHECK(why.code == errc::too_deep);
    CHECK(why.context ==
          "config.yaml:1:70: error[too_deep]: nested deeper than 64 levels\n"
          "  " +
              nested(limit - 1).substr(0, nested(limit - 1).size() - 1) +
              "\n  " + std::string(69, ' ') + "^");
    CHECK(refused(nested(100'000)).code == errc::too_deep);
    CHECK(refused("a:\n  k:\n    " + repeated("- ", 100'000)).code ==
          errc::too_deep);
    const auto json = "{\"a\": {\"k\": " + repeated("[", 100'000);
    CHECK(refused(json, "config.json").code == errc::too_deep);
    CHECK(refused(json).code == errc::too_deep);
  }

  // yaml-cpp needs 200 times the memory for brackets that are open.
  TEST_CASE("millions of brackets are not even looked at") {
    const auto most = appup::manifest_limit_bytes - 100;
    for (const auto* text : {"[", "{", "[{"}) {
      const std::string bracket(text);
      CAPTURE(bracket);
      const auto why =
          refused("a: " + repeated(bracket, most / bracket.size()));
      CHECK(why.code == errc::too_deep);
      CHECK(why.context ==
            "config.yaml:1:67: error[too_deep]: nested deeper than 64 levels\n"
            "  a: " +
                repeated(bracket, 157 / bracket.size()) +
                std::string(bracket.size() == 2 ? bracket.substr(0, 1) : "") +
                "...\n  " + std::string(66, ' ') + "^");
    }
    CHECK(refused("a:\n  - " + repeated("[\n", most / 2)).context ==
          R"(config.yaml:64:1: error[too_deep]: nested deeper than 64 levels
  [
  ^)");
    CHECK(refused("a: " + repeated("[", most / 2) + repeated("]", most / 2))
              .code == errc::too_deep);
    CHECK(refused("a:\n  k:\n    " + repeated("? - ", most / 4)).code ==
          errc::bad_config);
  }

  TEST_CASE("a value has to end before too much is read for it") {
    const auto most = appup::manifest_limit_bytes - 100;
    const std::string expected =
        "has no end within 256 KiB: a text, or a list or map in brackets";
    CHECK(refused("a:\n  k: 1\n  l: [[" + repeated("1,", most / 2)).context ==
          "config.yaml:3:6: error[too_large]: what begins here or next " +
              expected + "\n    l: [[" + repeated("1,", 76) + "1...\n       ^");
    for (const auto& text :
         {std::string(most, 'x'), "\"" + std::string(most, 'x') + "\"",
          "'" + repeated("''", most / 2) + "'", repeated("x ", most / 2),
          "|\n" + repeated("  x\n", most / 4),
          ">\n" + repeated("  x\n", most / 4), "&" + std::string(most, 'a'),
          "*" + std::string(most, 'a'), "!" + std::string(most, 'a'),
          std::string(most, ' '), std::string(most, '\t'),
          std::string(most, '\n'), "#" + std::string(most, ' ')}) {
      CAPTURE(text.substr(0, 10));
      const auto why = refused("a: " + text);
      CHECK(why.code == errc::too_large);
      CHECK(why.context.starts_with(
          "config.yaml:1:1: error[too_large]: what begins here or next " +
          expected + "\n  a: "));
    }
    CHECK(refused(repeated("%FOO x\n", most / 7)).code == errc::too_large);
  }

  TEST_CASE("a value may be nearly as long as the limit") {
    const std::string text(appup::yaml_limit_value_bytes - 10'000, 'x');
    test::manifests in;
    in.with("config.yaml", "a:\n  k: \"" + text + "\"\n");
    const auto read = appup::read_config(in.files(), "config.yaml");
    REQUIRE(read);
    CHECK(read->at("a").at("k").as_string() == text);
    // A list behind a key is no value that has to end first.
    in.with("config.yaml", "a: {k: [" + repeated("1, ", 400'000) + "1]}\n");
    CHECK(appup::read_config(in.files(), "config.yaml"));
  }

  TEST_CASE("missing items in one long line are refused as quickly") {
    CHECK(refused("a: {k: [" + std::string(4'000'000, ',') + "]}").code ==
          errc::too_many_nodes);
    CHECK(refused("a: {" + std::string(4'000'000, ',') + "}").code ==
          errc::too_many_nodes);
  }

  TEST_CASE("the number of nodes has a limit") {
    const auto many = repeated("1,", appup::manifest_limit_nodes);
    const auto why =
        refused("{\"a\": {\"k\": [" + many + "1]}}", "config.json");
    CHECK(why.code == errc::too_many_nodes);
    const auto lines = repeated("  - 1\n", appup::manifest_limit_nodes);
    CHECK(
        refused("a:\n  k:\n" + lines).context ==
        R"(config.yaml:999998:5: error[too_many_nodes]: more than 1000000 nodes
    - 1
      ^)");
  }

  TEST_CASE("aliases cannot multiply nodes") {
    const auto why =
        refused("a:\n  a: &a [x, x]\n  b: &b [*a, *a]\n  c: [*b, *b]\n");
    CHECK(why.code == errc::alias_not_allowed);
    CHECK(
        why.context ==
        R"(config.yaml:2:6: error[alias_not_allowed]: anchors are not allowed: write the value out
    a: &a [x, x]
       ^)");
    CHECK(refused("a: {k: *nowhere}\n").code == errc::bad_config);
  }

  TEST_CASE("a key that is given twice is refused wherever it stands") {
    CHECK(
        refused("a: {}\na: {}\n").context ==
        R"(config.yaml:2:1: error[duplicate_key]: the key "a" is given twice; the first is in line 1
  a: {}
  ^)");
    CHECK(refused("a: {k: [{x: 1, \"x\": 2}]}").code == errc::duplicate_key);
    CHECK(refused("{\"a\": {\"x\": 1, \"\\u0078\": 2}}", "config.json").code ==
          errc::duplicate_key);
    std::string many = "a:\n";
    for (int i = 0; i < 1000; ++i) {
      many += "  k" + std::to_string(i) + ": 1\n";
    }
    CHECK(
        refused(many + "  k500: 1\n").context ==
        R"(config.yaml:1002:3: error[duplicate_key]: the key "k500" is given twice; the first is in line 502
    k500: 1
    ^)");
  }

  TEST_CASE("of keys that are given many times each is shown") {
    std::string many = "a:\n";
    for (const auto* key : {"z", "a", "z", "m", "a", "z"})
      many += std::string("  ") + key + ": 1\n";
    for (int i = 0; i < 20; ++i)
      many += "  k" + std::to_string(i) + ": 1\n";
    CHECK(
        refused(many).context ==
        R"(config.yaml:4:3: error[duplicate_key]: the key "z" is given twice; the first is in line 2
    z: 1
    ^
config.yaml:6:3: error[duplicate_key]: the key "a" is given twice; the first is in line 3
    a: 1
    ^
config.yaml:7:3: error[duplicate_key]: the key "z" is given twice; the first is in line 2
    z: 1
    ^)");
  }

  TEST_CASE("bytes that are no text are refused with their place") {
    CHECK(refused(std::string_view("a: {}\nb: \0{}\n", 13)).context ==
          "config.yaml:2:4: error[bad_config]: a control character (0x00)\n"
          "  b: ?{}\n"
          "     ^");
    // yaml-cpp takes this byte for the end of the file.
    CHECK(refused("a: {}\n\x04 b: 1\n").code == errc::bad_config);
    for (const auto* bytes : {"\xC3", "\xC0\x80", "\xED\xA0\x80", "\xFF",
                              "\xF4\x90\x80\x80", "\xE2\x82", "\x80"}) {
      CHECK(refused(std::string("a: {k: \"") + bytes + "\"}")
                .context.find("a byte that is no UTF-8") != std::string::npos);
    }
  }

  TEST_CASE("a second document and a key that is a list are refused") {
    CHECK(refused("a: {}\n---\nb: {}\n").context ==
          R"(config.yaml:3:1: error[bad_config]: a second document in one file
  b: {}
  ^)");
    CHECK(refused("? [1]\n: 2\n").code == errc::bad_config);
    CHECK(refused("? {a: 1}\n: 2\n").code == errc::bad_config);
  }

  TEST_CASE("a long line is cut around the caret") {
    const auto long_name = std::string(1000, 'x');
    const auto why =
        refused("a: {" + long_name + ": 1, k: 2, k: 3, y: " + long_name + "}");
    CHECK(why.code == errc::duplicate_key);
    CHECK(why.context.size() < 500);
    CHECK(why.context.find("k: 2, k: 3") != std::string::npos);
  }

  TEST_CASE("thousands of errors are not all shown") {
    const auto why = refused(repeated("X: 1\n", 3000));
    CHECK(why.code == errc::duplicate_key);
    CHECK(why.context.ends_with("\nand 2949 more"));
  }

  // A relup has it further in, and in one line.
  TEST_CASE("what a callback is given fits into a relup") {
    const auto limit = appup::term_limit_depth;
    const auto deepest = repeated("[", limit) + repeated("]", limit);
    // Each byte is escaped with four: the longest text that there is.
    const auto longest =
        "\"" + repeated("\\x01", appup::term_limit_bytes - 8) + "\"";
    for (const auto& term : {deepest, longest}) {
      test::upgrade upgraded;
      upgraded.up("- update: {module: foo, change: {advanced: " + term +
                  "}}\n");
      upgraded.down(" []\n");
      const auto answer = upgraded.make();
      REQUIRE(answer.ok());
      upgraded.with("relup.yaml", appup::write_relup(*answer.relup));
      const auto again = appup::read_relup(upgraded.files(), "relup.yaml");
      REQUIRE(again);
      CHECK(*again == *answer.relup);
    }
    test::check_up_errors(
        "- update: {module: foo, change: {advanced: [" + deepest + "]}}\n",
        R"(lib/a-2.0/appup.yaml:5:78: error[too_deep]: nested deeper than 32 levels: a callback is given no more
    - update: {module: foo, change: {advanced: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}}
                                                                               ^)");
    test::check_up_errors(
        "- apply: {module: foo, function: f, args: [\n" +
            repeated("    12345678,\n", appup::term_limit_bytes / 16) +
            "  1]}\n",
        R"(lib/a-2.0/appup.yaml:5:45: error[too_large]: larger than 32 KiB: a callback is given no more
    - apply: {module: foo, function: f, args: [
                                              ^)");
    test::check_up_errors(
        "- code_change: {mode: up, modules: [{module: foo, extra: [" + deepest +
            "]}]}\n",
        R"(lib/a-2.0/appup.yaml:5:92: error[too_deep]: nested deeper than 32 levels: a callback is given no more
    - code_change: {mode: up, modules: [{module: foo, extra: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}]}
                                                                                             ^)");
    test::check_up_errors(
        "- sync_nodes: {nodes: [n@h], id: [" + deepest + "]}\n",
        R"(lib/a-2.0/appup.yaml:5:68: error[too_deep]: nested deeper than 32 levels: a callback is given no more
    - sync_nodes: {nodes: [n@h], id: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}
                                                                     ^)");
  }

  TEST_CASE("a few lines do not become a script without end") {
    std::string modules;
    for (int i = 0; i < 1000; ++i)
      modules += (i == 0 ? "m" : ", m") + std::to_string(i);
    std::string again;
    for (int i = 0; i < 1000; ++i)
      again += "- restart_application: a\n";
    test::upgrade upgrade;
    upgrade.up(again).down(" []\n");
    for (const std::string vsn : {"1.0", "2.0"}) {
      upgrade.with(
          "lib/a-" + vsn + "/app.yaml",
          "application: a\nvsn: \"" + vsn + "\"\nmodules: [" + modules + "]\n");
    }
    const auto answer = upgrade.make();
    CHECK_FALSE(answer.ok());
    CHECK(test::errors_of(answer).starts_with(
        "lib/a-2.0/appup.yaml:129:26: error[too_large]: the script has more "
        "than 250000 instructions, counted by the modules of the applications "
        "that it names\n"
        "    - restart_application: a\n"));
  }

  TEST_CASE("every prefix of a manifest is read or refused") {
    const std::string text =
        "vsn: \"2\"\nup:\n- from: {regex: '1.*'}\n  instructions:\n"
        "  - update: {module: m, change: {advanced: [1, \"\\u00e9\"]}}\n"
        "  - [point_of_no_return, {suspend: [{module: m, timeout: 3}]}]\n"
        "down: # none\n  []\n";
    for (std::size_t size = 0; size < text.size(); ++size) {
      test::manifests in;
      in.with("appup.yaml", text.substr(0, size));
      const auto read = appup::read_appup(in.files(), "appup.yaml");
      if (!read)
        CHECK_FALSE(read.error().context.empty());
    }
    test::manifests in;
    in.with("appup.yaml", text);
    CHECK(appup::read_appup(in.files(), "appup.yaml"));
  }
}
