// What is said of texts that are no YAML.
#include "tests/appup/support.hpp"

#include <doctest/doctest.h>

namespace {

using namespace instar;

std::string errors(std::string_view text) {
  test::manifests in;
  const auto read =
      appup::read_appup(in.with("appup.yaml", text).files(), "appup.yaml");
  REQUIRE_FALSE(read);
  return read.error().context;
}

}  // namespace

TEST_SUITE("appup/yaml_fault") {
  TEST_CASE("a tab in the indentation is named") {
    CHECK(
        errors("vsn: \"2.0\"\nup:\n  - from: \"1.0\"\n\tinstructions: []\n") ==
        R"(appup.yaml:4:1: error[file_problem]: not YAML: a tab in the indentation: YAML is indented with spaces
  	instructions: []
  ^)");
    CHECK(
        errors("vsn: \"2.0\"\nup:\n  \t- from: \"1.0\"\n") ==
        R"(appup.yaml:3:3: error[file_problem]: not YAML: a tab in the indentation: YAML is indented with spaces
    	- from: "1.0"
    ^)");
  }

  TEST_CASE("a bracket that is never closed is shown and not where it shows") {
    CHECK(
        errors("vsn: \"2.0\"\n"
               "up:\n"
               "  - from: \"1.0\"\n"
               "    instructions: [load_module: conn\n"
               "down: []\n") ==
        R"(appup.yaml:4:19: error[file_problem]: not YAML: the [ that opens here is never closed
      instructions: [load_module: conn
                    ^)");
    CHECK(
        errors("vsn: \"2.0\"\n"
               "up:\n"
               "  - from: \"[1.0\"  # [ is no bracket here\n"
               "    instructions:\n"
               "      - load_module: {module: conn\n"
               "      - load_module: {module: shard}\n"
               "down: []\n") ==
        R"(appup.yaml:5:22: error[file_problem]: not YAML: the { that opens here is never closed
        - load_module: {module: conn
                       ^)");
    CHECK(
        errors("{\"vsn\": \"2.0\", \"up\": [") ==
        R"(appup.yaml:1:22: error[file_problem]: not YAML: the [ that opens here is never closed
  {"vsn": "2.0", "up": [
                       ^)");
  }

  TEST_CASE("a bracket that closes another one is shown with it") {
    CHECK(
        errors("vsn: \"2.0\"\nup: [{from: [1}]\n") ==
        R"(appup.yaml:2:15: error[file_problem]: not YAML: } does not close the [ of column 13
  up: [{from: [1}]
                ^)");
    CHECK(
        errors("vsn: \"2.0\"\nup: []]\n") ==
        R"(appup.yaml:2:7: error[file_problem]: not YAML: a closing bracket that closes nothing
  up: []]
        ^)");
  }

  TEST_CASE("a comma that is missing in brackets is missed where it is") {
    CHECK(
        errors("vsn: \"2.0\"\nup: {\n  \"a\": 1\n  \"b\": 2\n}\n") ==
        R"(appup.yaml:4:6: error[file_problem]: not YAML: expected , or } here: the { of line 2, column 5 is open
    "b": 2
       ^)");
  }

  TEST_CASE("a line that fits nothing above it is told what it may fit") {
    CHECK(
        errors("vsn: \"2.0\"\n"
               "up:\n"
               "  - from: \"1.0\"\n"
               "   instructions: []\n") ==
        R"(appup.yaml:4:4: error[file_problem]: not YAML: wrong indentation: the line begins in column 4, but what it may belong to in 1, 3, 5
     instructions: []
     ^)");
    CHECK(
        errors("vsn: \"2.0\"\n up: []\n") ==
        R"(appup.yaml:2:2: error[file_problem]: not YAML: wrong indentation: the line begins in column 2, but what it may belong to in 1
   up: []
   ^)");
    CHECK(
        errors("vsn: \"2.0\"\nup: []\n- x\n") ==
        R"(appup.yaml:3:1: error[file_problem]: not YAML: a list item in the middle of the map that begins in line 1
  - x
  ^)");
    CHECK(
        errors("- vsn: \"2.0\"\nup: []\n") ==
        R"(appup.yaml:2:1: error[file_problem]: this goes on with nothing that stands above it
  up: []
  ^)");
  }

  TEST_CASE("a key without its colon or space is shown") {
    CHECK(
        errors("vsn: \"2.0\"\nup\n\ndown: []\n") ==
        R"(appup.yaml:2:3: error[file_problem]: not YAML: a colon is missing after the key
  up
    ^)");
    CHECK(
        errors("vsn:\"2.0\"\nup: []\n") ==
        R"(appup.yaml:1:5: error[file_problem]: not YAML: a space is missing after the colon
  vsn:"2.0"
      ^)");
    CHECK(
        errors("vsn: \"2.0\"\nup: a: b\n") ==
        R"(appup.yaml:2:6: error[file_problem]: not YAML: a second colon in one line: a text with a colon and a space in it is put in quotes
  up: a: b
       ^)");
  }

  TEST_CASE("a quote that is never closed is shown and not where it shows") {
    CHECK(
        errors("vsn: '2.0\nup: []\ndown: []\n") ==
        R"(appup.yaml:1:6: error[file_problem]: not YAML: the quote that opens here is never closed
  vsn: '2.0
       ^)");
    CHECK(
        errors("vsn: \"2.0\nup: []\ndown: []\n") ==
        R"(appup.yaml:1:6: error[file_problem]: not YAML: the quote that opens here is never closed
  vsn: "2.0
       ^)");
    CHECK(
        errors("vsn: \"2.0\nup:\n  - from: \"1.0\"\n") ==
        R"(appup.yaml:1:6: error[file_problem]: not YAML: the quote that opens here is closed in line 3 only: is one missing?
  vsn: "2.0
       ^)");
    // An apostrophe opens nothing.
    CHECK(
        errors("vsn: it's\nup: [\n") ==
        R"(appup.yaml:2:5: error[file_problem]: not YAML: the [ that opens here is never closed
  up: [
      ^)");
  }

  TEST_CASE("what cannot begin a value is told to stand in quotes") {
    CHECK(
        errors("vsn: @2\n") ==
        R"(appup.yaml:1:6: error[file_problem]: not YAML: @ cannot begin a value: put it in quotes
  vsn: @2
       ^)");
    CHECK(
        errors("vsn: \"2.0\" beta\n") ==
        R"(appup.yaml:1:12: error[file_problem]: not YAML: the value ends before this: a text that has quotes or brackets in it is quoted as a whole
  vsn: "2.0" beta
             ^)");
  }

  TEST_CASE("a list behind its key is told to begin in the next line") {
    CHECK(
        errors("vsn: \"2.0\"\nup: - from: \"1.0\"\n") ==
        R"(appup.yaml:2:5: error[file_problem]: not YAML: a list begins in a line of its own, below its key
  up: - from: "1.0"
      ^)");
  }

  TEST_CASE("what has no better words has those of the parser") {
    CHECK(
        errors("vsn: \"\\q\"\n") ==
        R"(appup.yaml:1:9: error[file_problem]: not YAML: unknown escape character: q
  vsn: "\q"
          ^)");
  }

  TEST_CASE("a value that is missing is missed where it should stand") {
    CHECK(
        errors("vsn:\n# soon\n\nup: []\n") ==
        R"(appup.yaml:1:1: error[file_problem]: vsn must be a version, not nothing
  vsn:
  ^)");
    CHECK(
        errors("vsn: \"2.0\"\n"
               "up:\n"
               "  - from: \"1.0\"\n"
               "    instructions:\n"
               "      -  # soon\n"
               "\n"
               "      - update:\n"
               "down: []\n") ==
        R"(appup.yaml:5:7: error[bad_instruction]: expected an instruction, found nothing
        -  # soon
        ^
appup.yaml:7:9: error[bad_module]: a module must be a name, not nothing
        - update:
          ^)");
    CHECK(
        errors("vsn: ~\n") ==
        R"(appup.yaml:1:6: error[file_problem]: vsn must be a version, not nothing
  vsn: ~
       ^)");
  }

  TEST_CASE("blocks of text hide no brackets and no quotes") {
    CHECK(
        errors("text: |\n  [ it's\n\n  \" {\nvsn: [\n") ==
        R"(appup.yaml:5:6: error[file_problem]: not YAML: the [ that opens here is never closed
  vsn: [
       ^)");
  }
}
