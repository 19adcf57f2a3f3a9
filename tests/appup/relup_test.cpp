#include "appup/reader.hpp"
#include "tests/appup/support.hpp"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <limits>
#include <string>

namespace {

using namespace instar;
using namespace instar::appup;

relup_spec everything() {
  const value odd{
      nullptr,
      true,
      -7,
      18446744073709551615U,
      2.5,
      1e300,
      -0.0,
      3.0,
      std::numeric_limits<double>::infinity(),
      "1.0",
      "null",
      "",
      " a: b # c ",
      "\x01\t\r\n\"\\ \x7f \u00e9 \u0085 \u2028 \U0001F600 \ufeff",
      {{"k", {{"1", boost::json::array()}}}, {"", boost::json::object()}}};
  const mfa call{"m", "f", {odd}};
  script all{
      restart_new_emulator{},
      load_object_code{"a", "1.0", {"x", "y"}},
      apply{call, {}},
      apply{call, mfa{"m", "undo_f", {}}},
      point_of_no_return{},
      suspend{{{"x", default_timeout{}},
               {"y", infinite_timeout{}},
               {"z", std::chrono::milliseconds(7)},
               {"w", default_timeout{true}}}},
      load{"x", purge_method::soft_purge, purge_method::brutal_purge},
      appup::remove{"y", purge_method::brutal_purge, purge_method::soft_purge},
      purge{{"y"}},
      purge{},
      code_change{direction::up, {{"x", odd}}},
      code_change{direction::down, {}},
      resume{{"z", "y"}},
      stop{{"x"}},
      start{{"x"}},
      sync_nodes{1, std::vector<std::string>{"n@h"}},
      sync_nodes{value{{"id", 2}}, call},
      restart_emulator{}};
  return {"2", {{"1", "first: \"x\"", all}, {"0", "", {}}}, {{"1", "", all}}};
}

}  // namespace

TEST_SUITE("appup/relup") {
  TEST_CASE("a relup with everything survives its file") {
    const auto relup = everything();
    test::manifests in;
    in.with("relup.yaml", write_relup(relup));
    const auto again = read_relup(in.files(), "relup.yaml");
    REQUIRE_MESSAGE(again, again.error().context);
    CHECK(*again == relup);
  }

  TEST_CASE("a long key survives its file") {
    relup_spec relup{"2", {}, {}};
    boost::json::object extra{{std::string(3000, 'k'), 1}};
    relup.up.push_back(
        {"1", "", {code_change{direction::up, {{"x", value(extra)}}}}});
    test::manifests in;
    in.with("relup.yaml", write_relup(relup));
    const auto again = read_relup(in.files(), "relup.yaml");
    REQUIRE_MESSAGE(again, again.error().context);
    CHECK(*again == relup);
  }

  TEST_CASE("a relup is written one instruction per line") {
    const relup_spec relup{
        "2",
        {{"1",
          "",
          {load_object_code{"a", "2.0", {"x"}}, point_of_no_return{},
           load{"x", purge_method::soft_purge, purge_method::brutal_purge}}}},
        {}};
    CHECK(write_relup(relup) == R"(vsn: "2"
up:
  - from: "1"
    description: ""
    script:
      - load_object_code: {"lib": "a", "vsn": "2.0", "modules": ["x"]}
      - point_of_no_return
      - load: {"module": "x", "pre_purge": "soft_purge", "post_purge": "brutal_purge"}
down: []
)");
  }

  TEST_CASE("JSON has every optional key of a low-level instruction") {
    const script one{code_change{direction::up, {{"x", nullptr}}},
                     suspend{{{"x", default_timeout{}},
                              {"y", std::chrono::milliseconds(5)},
                              {"z", infinite_timeout{}}}},
                     restart_emulator{}};
    CHECK(
        boost::json::serialize(to_json(one)) ==
        R"([{"code_change":{"mode":"up","modules":[{"module":"x","extra":null}]}},)"
        R"({"suspend":["x",{"module":"y","timeout":5},{"module":"z","timeout":"infinity"}]},)"
        R"("restart_emulator"])");
  }

  TEST_CASE("a relup has low-level instructions only") {
    test::manifests in;
    in.with("relup.yaml",
            "vsn: \"2\"\n"
            "up:\n"
            "  - from: \"1\"\n"
            "    script:\n"
            "      - update: foo\n"
            "      - load: {module: foo, pre_purge: soft_purge}\n"
            "  - to: \"1\"\n"
            "down: 7\n");
    const auto read = read_relup(in.files(), "relup.yaml");
    REQUIRE_FALSE(read);
    CHECK(
        read.error().context ==
        R"(relup.yaml:5:9: error[bad_instruction]: a relup has low-level instructions only, not update
        - update: foo
          ^
relup.yaml:6:9: error[bad_instruction]: load needs the key "post_purge"
        - load: {module: foo, pre_purge: soft_purge}
          ^
relup.yaml:7:5: error[unknown_key]: an entry of up has no key "to"
    - to: "1"
      ^
relup.yaml:7:5: error[bad_relup_file]: an entry of up needs the key "from"
    - to: "1"
      ^
relup.yaml:7:5: error[bad_relup_file]: an entry of up needs the key "script"
    - to: "1"
      ^
relup.yaml:8:7: error[bad_relup_file]: down must be a list, not the number 7
  down: 7
        ^)");
  }
}
