// A way between two releases through others. Private to appup. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace instar::appup {

/// Releases by their position.
struct release_hop {
  std::size_t from = 0;
  std::size_t to = 0;

  friend bool operator==(const release_hop&, const release_hop&) = default;
};

struct chain_answer {
  /// The releases in between, in the order of travel; absent: there is no way.
  std::optional<std::vector<std::size_t>> via;
  /// Without a way: the hop that would make one, from the release that is
  /// farthest from the start to the one that is farthest from the end.
  release_hop missing;
};

/// The way with the fewest hops; of two, the one through the release that stands
/// first. `leads` is asked once for each hop at most, and only where it matters.
chain_answer find_chain(std::size_t count, release_hop ends,
                        const std::function<bool(const release_hop&)>& leads);

}  // namespace instar::appup
