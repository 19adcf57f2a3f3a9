#include "cli/exit_code.hpp"

#include "cli/errors.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

namespace instar::cli {
namespace {

exit_code upgrade(int status, const char* body) {
  return exit_of_answer(status, boost::json::parse(body),
                        request_kind::upgrade);
}

exit_code plain(int status, const char* body) {
  return exit_of_answer(status, boost::json::parse(body), request_kind::plain);
}

TEST_SUITE("cli/exit_code") {
  TEST_CASE("the numbers are those that scripts know") {
    CHECK(static_cast<int>(exit_code::done) == 0);
    CHECK(static_cast<int>(exit_code::failed) == 1);
    CHECK(static_cast<int>(exit_code::wrong_usage) == 2);
    CHECK(static_cast<int>(exit_code::refused) == 3);
    CHECK(static_cast<int>(exit_code::undone) == 4);
    CHECK(static_cast<int>(exit_code::fell_back) == 5);
    CHECK(static_cast<int>(exit_code::no_node) == 6);
    CHECK(static_cast<int>(exit_code::stopped_waiting) == 7);
  }

  TEST_CASE("each outcome has its code") {
    CHECK(exit_of_outcome("installed", true) == exit_code::done);
    CHECK(exit_of_outcome("restarted", true) == exit_code::done);
    CHECK(exit_of_outcome("refused", false) == exit_code::refused);
    CHECK(exit_of_outcome("undone", false) == exit_code::undone);
    CHECK(exit_of_outcome("rolled_back", false) == exit_code::undone);
    CHECK(exit_of_outcome("fell_back", false) == exit_code::fell_back);
    CHECK(exit_of_outcome("degraded", false) == exit_code::failed);
    CHECK(exit_of_outcome("of the future", true) == exit_code::failed);
  }

  TEST_CASE("a rollback that was asked for is done") {
    CHECK(exit_of_outcome("rolled_back", true) == exit_code::done);
  }

  TEST_CASE("an installation whose commit failed is no success") {
    CHECK(upgrade(409, R"({"ok": true, "outcome": "installed",
                           "error": {"tag": "bad_status"}})") ==
          exit_code::failed);
  }

  TEST_CASE("the outcome counts whatever the status is") {
    CHECK(upgrade(500, R"({"ok": false, "outcome": "undone", "error": {}})") ==
          exit_code::undone);
    CHECK(upgrade(200, R"({"ok": false, "outcome": "refused"})") ==
          exit_code::refused);
  }

  TEST_CASE("an upgrade that fails without an outcome was refused") {
    CHECK(upgrade(404, R"({"error": {"tag": "no_such_release"}})") ==
          exit_code::refused);
    CHECK(upgrade(500, R"({"error": {"tag": "internal_error"}})") ==
          exit_code::failed);
    CHECK(upgrade(200, R"({"error": {"tag": "of the future"}})") ==
          exit_code::failed);
    CHECK(upgrade(200, R"({"ok": true, "steps": []})") == exit_code::done);
  }

  TEST_CASE("other requests are done or failed") {
    CHECK(plain(200, R"({"ok": true})") == exit_code::done);
    CHECK(plain(200, R"({"value": {"error": 1}})") == exit_code::done);
    CHECK(plain(200, R"({"ok": false})") == exit_code::failed);
    CHECK(plain(409, R"({"error": {"tag": "permanent"}})") ==
          exit_code::failed);
    CHECK(plain(200, R"({"error": {"tag": "bad_package"}})") ==
          exit_code::failed);
    CHECK(plain(404, "{}") == exit_code::failed);
    CHECK(plain(200, "[]") == exit_code::failed);
  }

  TEST_CASE("without an answer it matters whether something may go on") {
    CHECK(exit_of_error(errc::no_node, true) == exit_code::no_node);
    CHECK(exit_of_error(errc::interrupted, true) == exit_code::stopped_waiting);
    for (const auto code : {errc::timeout, errc::lost_connection}) {
      CHECK(exit_of_error(code, true) == exit_code::stopped_waiting);
      CHECK(exit_of_error(code, false) == exit_code::no_node);
    }
    CHECK(exit_of_error(errc::bad_answer, true) == exit_code::failed);
  }
}

}  // namespace
}  // namespace instar::cli
