#include "release_handler/control_request.hpp"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <string>

namespace instar::release_handler {
namespace {

std::string refused(std::string_view method, std::string_view target,
                    std::string_view body = {}) {
  const auto answer = to_api_request(method, target, body);
  const auto* wrong = std::get_if<api_response>(&answer);
  return wrong == nullptr ? "taken"
                          : std::to_string(wrong->status) + ' ' +
                                boost::json::serialize(wrong->body);
}

std::string bad_request(const std::string& message) {
  return "400 {\"error\":{\"tag\":\"bad_request\",\"message\":\"" + message +
         "\"}}";
}

constexpr const char* bad_target =
    "the request's target is no /path?key=value, encoded as URLs are, each key "
    "once";

TEST_SUITE("release_handler/control_request") {
  TEST_CASE("path and query are decoded") {
    const auto answer = to_api_request(
        "POST", "/v1/processes/a%20b+c/call?x=1+2&y=%26&z", R"({"a": [1]})");
    const auto& request = std::get<api_request>(answer);
    CHECK(request.method == "POST");
    CHECK(request.path == "/v1/processes/a b+c/call");
    CHECK(request.query == std::map<std::string, std::string>{
                               {"x", "1 2"}, {"y", "&"}, {"z", ""}});
    CHECK(boost::json::serialize(request.body) == R"({"a":[1]})");
  }

  TEST_CASE("a request without a body has an empty object") {
    const auto answer = to_api_request("GET", "/v1/status", " \r\n");
    CHECK(std::get<api_request>(answer).body == value(boost::json::object()));
  }

  TEST_CASE("whatever is encoded is decoded to the same") {
    const std::string name = "a/b %?&=#\n\xc3\xa4~";
    CHECK(percent_encoded(name) == "a%2Fb%20%25%3F%26%3D%23%0A%C3%A4~");
    CHECK(percent_decoded(percent_encoded(name)) == name);
  }

  TEST_CASE("a target that is no path is refused") {
    for (const auto* target :
         {"", "*", "http://node/v1/status", "/%", "/%4", "/%zz", "/a%2Fb",
          "/a%00", "/a%0a", "/%ff", "/?a=%", "/?a=1&a=2", "/?%ff=1"}) {
      CAPTURE(target);
      CHECK(refused("GET", target) == bad_request(bad_target));
    }
  }

  TEST_CASE("other methods are refused") {
    CHECK(refused("PUT", "/v1/status") ==
          R"(405 {"error":{"tag":"method_not_allowed","message":)"
          R"("PUT: only GET and POST are known here"}})");
  }

  TEST_CASE("a body that is no JSON object is refused") {
    CHECK(refused("POST", "/", "[1]") ==
          bad_request("the body is no JSON object"));
    CHECK(refused("POST", "/", "{\"a\":") ==
          bad_request("the body is no JSON: incomplete JSON"));
    CHECK(refused("POST", "/", "{\"a\": \"\xff\"}")
              .starts_with("400 {\"error\":{\"tag\":\"bad_request\""));
  }

  TEST_CASE("a body nests only so deep") {
    const auto nested = [](std::size_t depth) {
      return "{\"a\":" + std::string(depth - 1, '[') +
             std::string(depth - 1, ']') + "}";
    };
    CHECK(refused("POST", "/", nested(control_body_depth)) == "taken");
    CHECK(refused("POST", "/", nested(control_body_depth + 1)) ==
          bad_request("the body is no JSON: too deep"));
  }
}

}  // namespace
}  // namespace instar::release_handler
