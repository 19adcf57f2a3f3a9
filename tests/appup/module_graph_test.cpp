#include "appup/module_graph.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace {

using namespace instar::appup;
using components = std::vector<std::vector<std::uint32_t>>;

components order(std::vector<std::vector<std::uint32_t>> depends_on) {
  return order_components({std::move(depends_on)}).components;
}

}  // namespace

TEST_SUITE("appup/module_graph") {
  TEST_CASE("unrelated modules are components of their own") {
    CHECK(order({{}, {}, {}}) == components{{0}, {1}, {2}});
    CHECK(order({}) == components{});
  }

  TEST_CASE("dependants come before what they depend on") {
    CHECK(order({{}, {0}, {1}}) == components{{2, 1, 0}});
    CHECK(order({{3}, {3}, {}, {}}) == components{{0, 1, 3}, {2}});
  }

  TEST_CASE("the one written first is taken where there is a choice") {
    // A diamond, and a second dependant of its lower point.
    CHECK(order({{3}, {3}, {0, 1}, {}, {3}}) == components{{2, 0, 1, 4, 3}});
  }

  TEST_CASE("the members of a circle stay together by position") {
    // 1 -> 3 -> 1 and 0 -> 3 and 3 -> 2.
    CHECK(order({{3}, {3}, {}, {1, 2}}) == components{{0, 1, 3, 2}});
    CHECK(order({{0}}) == components{{0}});
  }

  TEST_CASE("no order breaks a dependency outside of circles") {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
      const auto size = static_cast<std::uint32_t>(1 + random() % 40);
      // Edges to higher numbers only: no circles. Then the numbers are
      // shuffled.
      std::vector<std::uint32_t> name(size);
      for (std::uint32_t i = 0; i < size; ++i)
        name[i] = i;
      std::shuffle(name.begin(), name.end(), random);
      std::vector<std::vector<std::uint32_t>> edges(size);
      for (std::uint32_t i = 0; i + 1 < size; ++i) {
        const auto other =
            static_cast<std::uint32_t>(i + 1 + random() % (size - i - 1));
        if (random() % 2 == 0)
          edges[name[i]].push_back(name[other]);
      }
      const auto ordered = order_components({edges});
      std::vector<std::size_t> place(size);
      std::size_t placed = 0;
      for (std::size_t c = 0; c < ordered.components.size(); ++c) {
        for (const auto v : ordered.components[c]) {
          CHECK(ordered.component_of[v] == c);
          place[v] = placed++;
        }
      }
      CHECK(placed == size);
      for (std::uint32_t v = 0; v < size; ++v) {
        for (const auto other : edges[v]) {
          CHECK(place[v] < place[other]);
          CHECK(ordered.component_of[v] == ordered.component_of[other]);
        }
      }
    }
  }

  TEST_CASE("a chain of a hundred thousand modules needs no stack") {
    constexpr std::uint32_t size = 100'000;
    std::vector<std::vector<std::uint32_t>> edges(size);
    for (std::uint32_t i = 0; i + 1 < size; ++i)
      edges[i].push_back(i + 1);
    const auto chain = order(edges);
    REQUIRE(chain.size() == 1);
    CHECK(chain[0].front() == 0);
    CHECK(chain[0].back() == size - 1);
    edges.back().push_back(0);
    CHECK(order(edges).size() == 1);
  }
}
