// Several applications in one stepped node.
#include <doctest/doctest.h>

#include <instar/testing.hpp>

#include <algorithm>
#include <string>

using boost::json::object;
using instar::testing::stepped_node;

namespace {

constexpr const char* ledger_1_1 = TEST_LIB "/ledger-1.1.0";
constexpr const char* ledger_1_2 = TEST_LIB "/ledger-1.2.0";
constexpr const char* office_1_0 = TEST_LIB "/office-1.0.0";
constexpr const char* office_1_1 = TEST_LIB "/office-1.1.0";

bool has_logged(const stepped_node& node, const std::string& text) {
  return std::any_of(node.logged().begin(), node.logged().end(),
                     [&](const auto& line) { return line.ends_with(text); });
}

}  // namespace

TEST_SUITE("testing/applications") {
  TEST_CASE("an application starts after the one that it needs") {
    stepped_node node;
    const auto early = node.start_application(office_1_0);
    REQUIRE_FALSE(early);
    CHECK(early.error().message() ==
          "application office needs ledger, which the release does not have");
    REQUIRE(node.load(ledger_1_1));
    const auto still_early = node.start_application(office_1_0);
    REQUIRE_FALSE(still_early);
    CHECK(still_early.error().message() ==
          "application office needs ledger, which is not started");
    REQUIRE(node.start_application(ledger_1_1));
    REQUIRE(node.start_application(office_1_0));
    CHECK(has_logged(node, " (office_app): the office of 1.0.0 opens"));
    CHECK(*node.state("ledger") == object{{"balance", 0}});
    const auto twice = node.start_application(office_1_0);
    REQUIRE_FALSE(twice);
    CHECK(twice.error().message() == "application office runs already");
  }

  TEST_CASE("two applications go over in one release") {
    stepped_node node;
    REQUIRE(node.start_application(ledger_1_1));
    REQUIRE(node.start_application(office_1_0));
    REQUIRE(node.cast_json("ledger", {{"book", {{"amount", 3}}}}));
    REQUIRE(node.upgrade_applications({ledger_1_2, office_1_1}));
    CHECK(node.vsn("ledger") == "1.2.0");
    CHECK(node.vsn("office_words") == "1.1.0");
    CHECK(node.vsn("office_sup") == "1.0.0");
    CHECK(node.state("ledger")->at("balance") == 3);
  }

  TEST_CASE("an application that is new in a release is started") {
    stepped_node node;
    REQUIRE(node.start_application(ledger_1_1));
    REQUIRE(node.upgrade_application(office_1_1));
    CHECK(has_logged(node, " (office_app): the office of 1.1.0 opens"));
    CHECK(node.state("ledger"));
  }

  TEST_CASE("what cannot be taken back needs to be allowed") {
    const auto start_both = [](stepped_node& node) {
      REQUIRE(node.start_application(ledger_1_1));
      REQUIRE(node.start_application(office_1_1));
    };
    {
      stepped_node node;
      start_both(node);
      const auto refused = node.downgrade_application(office_1_0);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().message() ==
            "cannot be taken back exactly: application:stop[\"office\"] (its "
            "state is lost); allow it with --allow-irreversible");
      CHECK(node.vsn("office_words") == "1.1.0");
    }
    stepped_node node({.allow_irreversible = true});
    start_both(node);
    REQUIRE(node.downgrade_application(office_1_0));
    CHECK(node.vsn("office_words") == "1.0.0");
    CHECK(has_logged(node, " (office_app): the office of 1.0.0 opens"));
  }
}
