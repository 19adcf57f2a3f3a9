#include "appup/relup_chain.hpp"

#include <algorithm>

namespace instar::appup {
namespace {

constexpr std::size_t nobody = static_cast<std::size_t>(-1);

// All that is reached from `start`, in order; `previous` by release.
struct reached {
  std::vector<std::size_t> order;
  std::vector<std::size_t> previous;

  bool has(std::size_t one) const {
    return std::find(order.begin(), order.end(), one) != order.end();
  }
};

reached search(std::size_t count, std::size_t start, std::size_t stop,
               const std::function<bool(std::size_t, std::size_t)>& leads) {
  reached found{{start}, std::vector<std::size_t>(count, nobody)};
  for (std::size_t at = 0; at < found.order.size(); ++at) {
    const auto here = found.order[at];
    for (std::size_t next = 0; next < count; ++next) {
      if (found.has(next) || !leads(here, next))
        continue;
      found.order.push_back(next);
      found.previous[next] = here;
      if (next == stop)
        return found;
    }
  }
  return found;
}

}  // namespace

chain_answer find_chain(std::size_t count, release_hop ends,
                        const std::function<bool(const release_hop&)>& leads) {
  std::vector<std::optional<bool>> asked(count * count);
  const auto ask = [&](std::size_t from, std::size_t to) {
    auto& known = asked[from * count + to];
    if (!known)
      known = leads({from, to});
    return *known;
  };
  chain_answer answer;
  const auto forth = search(count, ends.from, ends.to, ask);
  if (forth.has(ends.to)) {
    std::vector<std::size_t> via;
    for (auto at = forth.previous[ends.to]; at != ends.from;
         at = forth.previous[at]) {
      via.push_back(at);
    }
    std::reverse(via.begin(), via.end());
    answer.via = std::move(via);
    return answer;
  }
  const auto back =
      search(count, ends.to, nobody,
             [&](std::size_t to, std::size_t from) { return ask(from, to); });
  answer.missing = {forth.order.back(), back.order.back()};
  return answer;
}

}  // namespace instar::appup
