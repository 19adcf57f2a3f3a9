#include "appup/relup_chain.hpp"

#include <doctest/doctest.h>

#include <set>
#include <utility>

namespace {

using namespace instar::appup;

using hops = std::set<std::pair<std::size_t, std::size_t>>;

chain_answer find(std::size_t count, release_hop ends, const hops& all) {
  return find_chain(count, ends, [&](const release_hop& hop) {
    return all.contains({hop.from, hop.to});
  });
}

}  // namespace

TEST_SUITE("appup/relup_chain") {
  TEST_CASE("the way with the fewest hops wins") {
    const hops all{{0, 1}, {1, 2}, {2, 4}, {1, 3}, {3, 4}, {0, 3}};
    CHECK(find(5, {0, 4}, all).via == std::vector<std::size_t>{3});
  }

  TEST_CASE("of two ways as long the one through the first release wins") {
    const hops all{{0, 1}, {0, 2}, {1, 3}, {2, 3}};
    CHECK(find(4, {0, 3}, all).via == std::vector<std::size_t>{1});
  }

  TEST_CASE("the releases in between are in the order of travel") {
    const hops all{{4, 1}, {1, 3}, {3, 0}};
    CHECK(find(5, {4, 0}, all).via == std::vector<std::size_t>{1, 3});
  }

  TEST_CASE("a hop leads one way only") {
    CHECK_FALSE(find(3, {0, 2}, {{1, 0}, {2, 1}}).via);
  }

  TEST_CASE("the missing hop is between what is reached and what leads on") {
    const auto answer = find(6, {0, 5}, {{0, 1}, {1, 2}, {3, 4}, {4, 5}});
    CHECK_FALSE(answer.via);
    CHECK(answer.missing == release_hop{2, 3});
  }

  TEST_CASE("without any hop the direct one is missing") {
    CHECK(find(3, {0, 2}, {}).missing == release_hop{0, 2});
  }

  TEST_CASE("releases that lead in a circle end the search") {
    const auto answer = find(4, {0, 3}, {{0, 1}, {1, 2}, {2, 0}});
    CHECK_FALSE(answer.via);
    CHECK(answer.missing == release_hop{2, 3});
  }

  TEST_CASE("no hop is asked twice") {
    std::set<std::pair<std::size_t, std::size_t>> asked;
    find_chain(4, {0, 3}, [&](const release_hop& hop) {
      CHECK(asked.emplace(hop.from, hop.to).second);
      return hop.from == 0 && hop.to == 1;
    });
  }
}
