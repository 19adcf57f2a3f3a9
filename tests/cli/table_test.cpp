#include "cli/table.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

namespace instar::cli {
namespace {

const std::vector<column> columns{
    {"name", "NAME"}, {"count", "COUNT"}, {"note", "NOTE"}};

std::string of(const char* rows) {
  return table(columns, boost::json::parse(rows).as_array());
}

TEST_SUITE("cli/table") {
  TEST_CASE("columns are as wide as their widest cell") {
    CHECK(of(R"([{"name": "a", "count": 1, "note": "x"},
                 {"name": "longer", "count": 1000, "note": "y"}])") ==
          "NAME    COUNT  NOTE\n"
          "a           1  x\n"
          "longer   1000  y\n");
  }

  TEST_CASE("a column that nobody has is left out") {
    CHECK(of(R"([{"name": "a", "note": null}, {"name": "b", "count": 2}])") ==
          "NAME  COUNT\n"
          "a         -\n"
          "b         2\n");
  }

  TEST_CASE("a table without rows has its titles") {
    CHECK(of("[]") == "NAME  COUNT  NOTE\n");
    CHECK(table(columns, {{"other", 1}}, "rows") == "NAME  COUNT  NOTE\n");
  }

  TEST_CASE("characters count and not bytes") {
    CHECK(
        of(R"([{"name": "mütze", "note": "x"}, {"name": "a", "note": "y"}])") ==
        "NAME   NOTE\n"
        "mütze  x\n"
        "a      y\n");
  }

  TEST_CASE("what is no object is an empty row") {
    CHECK(of(R"([1, {"name": "a"}])") == "NAME\n-\na\n");
  }

  TEST_CASE("pairs stand below each other") {
    CHECK(lines_of({{"a", "1"}, {"long", "2"}}) == "a     1\nlong  2\n");
  }
}

}  // namespace
}  // namespace instar::cli
