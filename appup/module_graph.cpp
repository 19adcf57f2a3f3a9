#include "appup/module_graph.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <queue>

namespace instar::appup {
namespace {

using index = std::uint32_t;
constexpr index none = std::numeric_limits<index>::max();

// Tarjan's strongly connected components, without recursion: the depth of the
// graph is the manifest's, not ours. Returns each vertex's unit.
class unit_finder {
public:
  explicit unit_finder(const module_graph& graph)
      : edges_(graph.depends_on),
        number_(edges_.size(), none),
        lowest_(edges_.size(), 0),
        unit_(edges_.size(), none) {}

  std::vector<index> find() {
    for (index root = 0; root < edges_.size(); ++root) {
      if (number_[root] == none)
        visit(root);
    }
    return std::move(unit_);
  }
  index count() const { return units_; }

private:
  struct frame {
    index vertex;
    std::size_t next;
  };

  void enter(index vertex) {
    number_[vertex] = lowest_[vertex] = numbers_++;
    stack_.push_back(vertex);
    frames_.push_back({vertex, 0});
  }

  void visit(index root) {
    enter(root);
    while (!frames_.empty()) {
      auto& [vertex, next] = frames_.back();
      if (next < edges_[vertex].size()) {
        const auto other = edges_[vertex][next++];
        if (number_[other] == none) {
          enter(other);
        } else if (unit_[other] == none) {
          lowest_[vertex] = std::min(lowest_[vertex], number_[other]);
        }
        continue;
      }
      const auto done = vertex;
      frames_.pop_back();
      if (lowest_[done] == number_[done])
        close(done);
      if (!frames_.empty()) {
        auto& above = lowest_[frames_.back().vertex];
        above = std::min(above, lowest_[done]);
      }
    }
  }

  void close(index vertex) {
    index member = none;
    do {
      member = stack_.back();
      stack_.pop_back();
      unit_[member] = units_;
    } while (member != vertex);
    ++units_;
  }

  const std::vector<std::vector<index>>& edges_;
  std::vector<index> number_;
  std::vector<index> lowest_;
  std::vector<index> unit_;
  std::vector<index> stack_;
  std::vector<frame> frames_;
  index numbers_ = 0;
  index units_ = 0;
};

// Weakly connected: the root of each vertex's set.
class set_forest {
public:
  explicit set_forest(std::size_t size) : parent_(size) {
    std::iota(parent_.begin(), parent_.end(), 0U);
  }
  index root(index one) {
    while (parent_[one] != one) {
      parent_[one] = parent_[parent_[one]];
      one = parent_[one];
    }
    return one;
  }
  void join(index a, index b) {
    a = root(a);
    b = root(b);
    // The lower one stays: a component is known by its first instruction.
    parent_[std::max(a, b)] = std::min(a, b);
  }

private:
  std::vector<index> parent_;
};

}  // namespace

component_list order_components(const module_graph& graph) {
  const auto& edges = graph.depends_on;
  const auto size = static_cast<index>(edges.size());
  unit_finder finder(graph);
  const auto unit_of = finder.find();

  // Members by position, and so a unit's first member first.
  std::vector<std::vector<index>> members(finder.count());
  for (index v = 0; v < size; ++v)
    members[unit_of[v]].push_back(v);

  std::vector<index> dependants(finder.count(), 0);
  set_forest sets(size);
  for (index v = 0; v < size; ++v) {
    for (const auto other : edges[v]) {
      sets.join(v, other);
      if (unit_of[other] != unit_of[v])
        ++dependants[unit_of[other]];
    }
  }

  component_list result;
  result.component_of.assign(size, none);
  for (index v = 0; v < size; ++v) {
    const auto root = sets.root(v);
    if (root == v) {
      result.component_of[v] = static_cast<index>(result.components.size());
      result.components.emplace_back();
    } else {
      result.component_of[v] = result.component_of[root];
    }
  }

  // By first member. One heap serves all components: they do not meet.
  std::priority_queue<index, std::vector<index>, std::greater<>> ready;
  for (index unit = 0; unit < finder.count(); ++unit) {
    if (dependants[unit] == 0)
      ready.push(members[unit].front());
  }
  while (!ready.empty()) {
    const auto unit = unit_of[ready.top()];
    ready.pop();
    for (const auto member : members[unit]) {
      result.components[result.component_of[member]].push_back(member);
      for (const auto other : edges[member]) {
        const auto used = unit_of[other];
        if (used != unit && --dependants[used] == 0) {
          ready.push(members[used].front());
        }
      }
    }
  }
  return result;
}

}  // namespace instar::appup
