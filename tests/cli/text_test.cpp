#include "cli/text.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

namespace instar::cli {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST_SUITE("cli/text") {
  TEST_CASE("control characters never reach a terminal") {
    CHECK(printable("a\x1b[31m\n\tb\x7f") == "a?[31m??b?");
    CHECK(printable("a\nb\r\t", true) == "a\nb?\t");
    CHECK(printable("\xc2\x9b"
                    "1m") == "?1m");
    CHECK(printable("m\xc3\xbctze") == "m\xc3\xbctze");
  }

  TEST_CASE("a value is one line") {
    CHECK(to_text(boost::json::parse("null")) == "-");
    CHECK(to_text(boost::json::parse("true")) == "yes");
    CHECK(to_text(boost::json::parse("12")) == "12");
    CHECK(to_text(boost::json::parse(R"("a\nb")")) == "a?b");
    CHECK(to_text(boost::json::parse(R"(["a", 1])")) == "a, 1");
    CHECK(to_text(boost::json::parse("[]")) == "-");
    CHECK(to_text(boost::json::parse(R"({"a": 1})")) == R"({"a":1})");
  }

  TEST_CASE("a field that is not there is a dash and counts as zero") {
    CHECK(field({}, "a") == "-");
    CHECK(number({}, "a") == 0);
    CHECK(number({{"a", "x"}}, "a") == 0);
    CHECK(number({{"a", 1e300}}, "a") == 0);
    CHECK(number({{"a", 7}}, "a") == 7);
  }

  TEST_CASE("JSON is indented") {
    CHECK(pretty(boost::json::parse(R"({"a": [1, {}], "b": [], "c": "x"})")) ==
          "{\n"
          "  \"a\": [\n"
          "    1,\n"
          "    {}\n"
          "  ],\n"
          "  \"b\": [],\n"
          "  \"c\": \"x\"\n"
          "}");
  }

  TEST_CASE("times have the unit that fits") {
    CHECK(to_text(microseconds(0)) == "0 us");
    CHECK(to_text(microseconds(999)) == "999 us");
    CHECK(to_text(microseconds(3100)) == "3.1 ms");
    CHECK(to_text(microseconds(2'500'000)) == "2.50 s");
    CHECK(uptime(milliseconds(61'000)) == "0:01:01");
    CHECK(uptime(milliseconds(90'000'000)) == "1 day 1:00:00");
    CHECK(uptime(milliseconds(180'000'000)) == "2 days 2:00:00");
  }

  TEST_CASE("width counts characters") {
    CHECK(width("abc") == 3);
    CHECK(width("m\xc3\xbctze") == 5);
  }
}

}  // namespace
}  // namespace instar::cli
