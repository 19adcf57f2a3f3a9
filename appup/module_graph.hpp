// Which modules belong together, and in which order. Private to appup. Linear
// in edges, but for a heap of the modules. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace instar::appup {

/// Vertices are the positions of instructions; an edge leads from a module to
/// one that it depends on. Circles and edges to oneself are legal.
struct module_graph {
  std::vector<std::vector<std::uint32_t>> depends_on;
};

/// The weakly connected components, each in dependency order: dependants before
/// what they depend on, the members of a circle together and by position; where
/// that leaves a choice, the one written first. (OTP's choice there depends on
/// hash values.)
struct component_list {
  std::vector<std::uint32_t> component_of;
  std::vector<std::vector<std::uint32_t>> components;
};

component_list order_components(const module_graph& graph);

}  // namespace instar::appup
