#include "cli/upgrade_report.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

namespace instar::cli {
namespace {

std::string report_of(const char* json) {
  return plan_report(boost::json::parse(json).as_object());
}

TEST_SUITE("cli/upgrade_report") {
  TEST_CASE("a plan is a table of its steps") {
    CHECK(report_of(R"({"from": "1", "to": "2", "processes": {"kv": 3},
      "before": [], "steps": [{"batch": [{"module": "kv", "load": "kv-2.0",
      "suspend": true, "code_change": true}]}]})") ==
          "1 -> 2: can be installed\n"
          "STEP  WHAT           MODULE  CODE    PROCESSES  UNDO\n"
          "1     load, convert  kv      kv-2.0          3  exact\n");
  }

  TEST_CASE("a way through other releases is a table for each hop") {
    CHECK(report_of(R"({"from": "1", "to": "3", "processes": {},
      "hops": [{"from": "1", "to": "2", "before": [], "steps":
      [{"effect": "stop kv", "undo": "lossy"}]},
      {"from": "2", "to": "3", "before": [], "steps": []}]})")
              .starts_with("1 -> 3: can be installed\n"
                           "hop 1 -> 2\n"
                           "STEP  WHAT"));
  }
}

}  // namespace
}  // namespace instar::cli
