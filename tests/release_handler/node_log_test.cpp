#include "release_handler/node_log.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace instar::release_handler {

TEST_SUITE("release_handler/node_log") {
  TEST_CASE("a line of the log is one JSON object whatever was said") {
    const std::chrono::system_clock::time_point at{
        std::chrono::milliseconds(1'700'000'000'042)};
    CHECK(log_line(at, "info", "release kvd 1.0 runs", 7) ==
          R"({"at":"2023-11-14T22:13:20.042Z","level":"info",)"
          R"("message":"release kvd 1.0 runs","node":7})"
          "\n");
    for (const std::string said :
         {"two\nlines", "a \"quote\" and \x1b[2J", "no UTF-8: \xff\xfe"}) {
      const auto line = log_line(at, "error", said, 7);
      CHECK(line.find('\n') == line.size() - 1);
      CHECK(boost::json::parse(line).at("level") == "error");
    }
    const auto odd = boost::json::parse(log_line(at, "x", "a\nb", 7));
    CHECK(odd.at("message") == "a\nb");
  }
}

}  // namespace instar::release_handler
