#include "release_handler/event_hub.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace instar::release_handler {
namespace {

constexpr std::chrono::seconds patience{20};
constexpr std::chrono::milliseconds at_once{0};

value event(int number) {
  return boost::json::object{{"event", "x"}, {"number", number}};
}

}  // namespace

TEST_SUITE("release_handler/event_hub") {
  TEST_CASE("who watches gets what is published from then on in its order") {
    event_hub hub;
    hub.publish(event(0));
    event_hub::watcher one(hub);
    event_hub::watcher other(hub);
    std::thread publishing([&] {
      hub.publish(event(1));
      hub.publish(event(2));
    });
    std::vector<value> got;
    while (got.size() < 2) {
      for (auto& event : one.wait(patience))
        got.push_back(std::move(event));
    }
    publishing.join();
    CHECK(got == std::vector<value>{event(1), event(2)});
    CHECK(one.wait(at_once).empty());
    CHECK(other.wait(patience).size() == 2);
  }

  TEST_CASE("a listener is called by who publishes") {
    event_hub hub;
    std::vector<value> heard;
    hub.listen([&](const value& event) { heard.push_back(event); });
    hub.publish(event(1));
    CHECK(heard == std::vector<value>{event(1)});
  }

  TEST_CASE("a watcher that does not take its events loses the oldest") {
    event_hub hub;
    event_hub::watcher one(hub);
    const auto count = static_cast<int>(watcher_events_limit) + 3;
    for (int i = 0; i < count; ++i)
      hub.publish(event(i));
    const auto got = one.wait(at_once);
    REQUIRE(got.size() == watcher_events_limit + 1);
    CHECK(got.front() ==
          value(boost::json::object{{"event", "lost"}, {"count", 3U}}));
    CHECK(got.at(1) == event(3));
    CHECK(got.back() == event(count - 1));
  }

  TEST_CASE("only so many may watch") {
    event_hub hub;
    std::vector<std::unique_ptr<event_hub::watcher>> all;
    for (std::size_t i = 0; i < watchers_limit; ++i) {
      all.push_back(std::make_unique<event_hub::watcher>(hub));
      CHECK(static_cast<bool>(*all.back()));
    }
    const event_hub::watcher late(hub);
    CHECK_FALSE(static_cast<bool>(late));
    all.pop_back();
    const event_hub::watcher next(hub);
    CHECK(static_cast<bool>(next));
  }
}

}  // namespace instar::release_handler
