#include "cli/plan_report.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

namespace instar::cli {
namespace {

std::string report_of(const char* json) {
  return plan_report(boost::json::parse(json).as_object());
}

TEST_SUITE("cli/plan_report") {
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
      {"from": "2", "to": "3", "before": [], "steps": []}]})") ==
          "1 -> 3: can be installed\n"
          "hop 1 -> 2\n"
          "STEP  WHAT     UNDO\n"
          "1     stop kv  lossy\n"
          "hop 2 -> 3\n"
          "no module changes\n");
  }

  TEST_CASE("below the table stands what happens to whom") {
    CHECK(report_of(R"_({"from": "1", "to": "2", "processes": {"kv": 3, "x": 0},
      "before": [], "steps": [
        {"batch": [
          {"module": "kv", "load": "kv-2.0", "from": "1.0", "to": "2.0",
           "suspend": true, "code_change": true, "state": "code_change",
           "processes": 3, "names": ["kv_a", "kv_b"], "undo": "none",
           "why_no_undo": "no code_change_down",
           "limits": {"suspend": 200, "when_busy": "restart",
                      "convert": "infinity"}},
          {"module": "x", "load": "kv-2.0", "from": null, "to": "2.0",
           "suspend": false, "code_change": false, "state": "none",
           "processes": 0, "names": [], "undo": "exact"}]},
        {"effect": "stop old", "undo": "lossy", "stopped": ["a (0.1.2)"]},
        {"effect": "f:g[]", "undo": "exact", "undone_by": "f:h"}],
      "applications": [
        {"application": "kv", "from": "1.0", "to": "2.0", "running": true,
         "changed": ["port"], "new": ["a", "b"], "removed": []},
        {"application": "z", "from": "1", "to": "2", "running": true,
         "changed": [], "new": [], "removed": []}],
      "memory": {"bytes": 30000, "measured": false},
      "pause": {"expected_us": 412, "if_all_change_us": 9000,
                "hold_us": 50000, "from": ["the last installation"]}})_") ==
          "1 -> 2: can be installed\n"
          "STEP  WHAT           MODULE  FROM  CODE    STATE        PROCESSES  "
          "UNDO   UNDONE BY\n"
          "1     load, convert  kv      1.0   kv-2.0  code_change          3  "
          "none   -\n"
          "1     load           x       -     kv-2.0  -                    0  "
          "exact  -\n"
          "2     stop old       -       -     -       -                    -  "
          "lossy  -\n"
          "3     f:g[]          -       -     -       -                    -  "
          "exact  f:h\n"
          "processes    kv: kv_a, kv_b and 1 more\n"
          "limits       kv: quiet within 200 ms, else restart; converted "
          "whenever it is\n"
          "no way back  kv: no code_change_down\n"
          "stopped      step 2: a (0.1.2)\n"
          "application  kv 1.0 -> 2.0: changed port; new a, b; config_change "
          "is called\n"
          "application  z 1 -> 2\n"
          "memory  at least 29.3 KiB for second states\n"
          "pause   about 412 us (the last installation); 9.0 ms more where "
          "every state changes just then; an attempt holds clients for at "
          "most 50.0 ms\n");
  }

  TEST_CASE("what nobody knows is not guessed") {
    CHECK(report_of(R"({"from": "1", "to": "2", "processes": {}, "before": [],
      "steps": [], "memory": {"bytes": 0, "measured": false},
      "pause": {"expected_us": null, "hold_us": 50000, "from": []}})") ==
          "1 -> 2: can be installed\n"
          "no module changes\n"
          "pause  not known before the first installation; an attempt holds "
          "clients for at most 50.0 ms\n");
  }
}

}  // namespace
}  // namespace instar::cli
