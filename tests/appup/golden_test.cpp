// The answers of real OTP (systools:make_relup) to 300 upgrades, each written
// as manifests here: scripts up and down, warnings, error tags.
#include "tests/appup/golden.hpp"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <string>

namespace {

namespace json = boost::json;
using namespace instar;
using test::manifests;
using test::string_at;

// As `relup make --json` writes it: a mode that OTP leaves out is up.
value written_out(const value& script) {
  auto all = script.as_array();
  for (auto& one : all) {
    auto* const object = one.if_object();
    if (object == nullptr || !object->contains("code_change"))
      continue;
    auto& change = object->at("code_change").as_object();
    if (change.contains("mode"))
      continue;
    change = {{"mode", "up"}, {"modules", change.at("modules")}};
  }
  return all;
}

// Those that OTP has too.
json::array otp_warnings(const appup::make_relup_answer& answer) {
  json::array all;
  for (const auto& one : answer.warnings) {
    if (one.tag == appup::errc::bad_vsn ||
        one.tag == appup::errc::erts_vsn_changed) {
      all.emplace_back(appup::tag_of(one.tag));
    }
  }
  return all;
}

void check_case(const json::object& one) {
  const auto name = string_at(one, "name");
  INFO(name << ": "
            << (one.contains("rule") ? string_at(one, "rule") : std::string()));
  manifests in;
  const auto answer = test::make_golden(one, in);
  const auto& expected = one.at("expect").as_object();
  if (expected.contains("error")) {
    REQUIRE_FALSE(answer.ok());
    CHECK_MESSAGE(appup::tag_of(answer.errors.front().tag) ==
                      string_at(expected, "error"),
                  test::errors_of(answer));
    return;
  }
  REQUIRE_MESSAGE(answer.ok(), test::errors_of(answer));
  REQUIRE(answer.relup->up.size() == 1);
  REQUIRE(answer.relup->down.size() == 1);
  CHECK(json::serialize(appup::to_json(answer.relup->up[0].script)) ==
        json::serialize(written_out(expected.at("up"))));
  CHECK(json::serialize(appup::to_json(answer.relup->down[0].script)) ==
        json::serialize(written_out(expected.at("down"))));
  CHECK(otp_warnings(answer) == expected.at("warnings").as_array());

  // And the relup survives its own file.
  in.with("relup.yaml", appup::write_relup(*answer.relup));
  const auto again = appup::read_relup(in.files(), "relup.yaml");
  REQUIRE_MESSAGE(again, again.error().context);
  CHECK(*again == *answer.relup);
}

}  // namespace

TEST_SUITE("appup/golden") {
  TEST_CASE("the hundred rules give what OTP gives") {
    const auto cases = test::golden_cases("relup_rules.json");
    CHECK(cases.size() == 100);
    for (const auto& one : cases)
      check_case(one.as_object());
  }

  TEST_CASE("two hundred generated upgrades give what OTP gives") {
    const auto cases = test::golden_cases("relup_random.json");
    CHECK(cases.size() == 200);
    for (const auto& one : cases)
      check_case(one.as_object());
  }
}
