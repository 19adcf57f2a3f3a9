// A node that a test steps, and its control API, called directly.
#pragma once

#include "release_handler/node_api.hpp"
#include "tests/release_handler/support.hpp"
#include "tests/support/test_node.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace instar::release_handler::test {

class stepped_clock final : public instar::clock {
public:
  explicit stepped_clock(const scheduler& from) : from_(from) {}
  steady_time now() const override { return from_.now(); }
  std::chrono::system_clock::time_point date() const override {
    return from_.date();
  }

private:
  const scheduler& from_;
};

/// A node that the test steps, whose releases have no code that could be loaded.
class api_node {
public:
  instar::test::test_node stepped;
  stepped_clock time{stepped.sched};
  std::unique_ptr<instar::release_handler::release_handler> releases;
  std::unique_ptr<node_api> api;
  int stops = 0;
  std::vector<std::string> events;

  api_node() {
    put_release(stepped.files, "/p1", {"1", {{"a", "1"}}});
    put_release(stepped.files, "/p2", {"2", {{"a", "2"}}});
    auto store = release_store::create(stepped.files, "/n", "/p1");
    REQUIRE(store);
    releases = std::make_unique<instar::release_handler::release_handler>(
        stepped.node, stepped.files, std::move(*store), time);
    api = std::make_unique<node_api>(node_api_parts{
        stepped.node, *releases, time, time.now(), [this] { ++stops; }});
  }

  api_response ask(const std::string& method, const std::string& where,
                   value body = boost::json::object()) {
    api_request request;
    request.method = method;
    request.path = where;
    request.body = std::move(body);
    request.uid = ::getuid();
    return api->handle(request, [this](const value& event) {
      events.push_back(boost::json::serialize(event));
    });
  }
  /// With its query, as the control server has read it.
  api_response get(const std::string& where,
                   std::map<std::string, std::string> query = {}) {
    api_request request;
    request.method = "GET";
    request.path = where;
    request.query = std::move(query);
    request.uid = ::getuid();
    return api->handle(request, [](const value&) {});
  }
  api_response post(const std::string& where, std::string_view body = "{}") {
    return ask(
        "POST", where,
        boost::json::parse(boost::json::string_view(body.data(), body.size())));
  }
};

/// `404 TAG: TEXT`.
inline std::string error_of(const api_response& answer) {
  const auto* error = answer.body.as_object().if_contains("error");
  if (error == nullptr)
    return fmt::format("{}", answer.status);
  return fmt::format("{} {}: {}", answer.status,
                     std::string_view(error->at("tag").as_string()),
                     std::string_view(error->at("message").as_string()));
}

}  // namespace instar::release_handler::test
