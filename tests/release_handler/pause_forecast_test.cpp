#include "release_handler/pause_forecast.hpp"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <vector>

TEST_SUITE_BEGIN("release_handler/pause_forecast");

using namespace instar;
using namespace instar::release_handler;
using namespace std::chrono_literals;

namespace {

value installed(std::int64_t pause_us, int batches = 1) {
  return boost::json::object{
      {"outcome", "installed"}, {"pause_us", pause_us}, {"batches", batches}};
}

}  // namespace

TEST_CASE("the expected pause is the median of those that there were") {
  std::vector<value> history{installed(900), installed(100), installed(300)};
  // What had no pause says nothing of one.
  history.push_back(installed(0, 0));
  history.push_back(boost::json::object{
      {"outcome", "undone"}, {"pause_us", 5}, {"batches", 1}});
  history.push_back(boost::json::object{{"operation", "commit"}});
  const auto pause = expected_pause(history, 50ms);
  CHECK(pause.expected == duration(300us));
  CHECK_FALSE(pause.if_all_change);
  CHECK(pause.from ==
        std::vector<std::string>{"the median of the last 3 installations"});
}

TEST_CASE("of a long history the last twenty count") {
  std::vector<value> history(100, installed(900));
  history.resize(120, installed(100));
  CHECK(expected_pause(history, 50ms).expected == duration(100us));
}

TEST_CASE("without a history and a rehearsal nothing is expected") {
  const auto pause = expected_pause({}, 50ms);
  CHECK_FALSE(pause.expected);
  CHECK(boost::json::serialize(to_json(pause)) ==
        R"({"expected_us":null,"if_all_change_us":null,"hold_us":50000,)"
        R"("from":[]})");
}

TEST_CASE(
    "conversions behind the gate are added in as many turns as it takes") {
  conversions_in_pause converted;
  converted.count = 5;
  converted.each = 10us;
  converted.longest = 15us;
  converted.at_once = 2;
  converted.whose = "kv";
  converted.all = 100us;
  converted.longest_of_all = 80us;
  auto pause = expected_pause({installed(100)}, 50ms, converted);
  CHECK(pause.expected == duration(130us));
  // One of them takes longer than its share.
  CHECK(pause.if_all_change == duration(80us));
  CHECK(pause.from.back() ==
        "5 conversions behind the gate of 10 us each (kv)");
  converted.longest = 1ms;
  CHECK(expected_pause({}, 50ms, converted).expected == duration(1ms));
}

TEST_SUITE_END();
