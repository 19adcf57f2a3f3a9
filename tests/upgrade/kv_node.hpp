// A node that runs the kv example on a port of its own.
#pragma once

#include "tests/upgrade/example_node.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace instar::testing {

class kv_node {
public:
  explicit kv_node(std::string_view vsn);

  std::uint16_t port() const { return port_; }
  /// The processes of the connections.
  std::vector<pid> connections();
  example_node& example() { return example_; }

  /// What each version's appup says.
  result<upgrade_report> up_to_1_1();
  result<upgrade_report> down_to_1_0();
  result<upgrade_report> up_to_1_2(value extra);
  result<upgrade_report> down_to_1_1();

private:
  example_node example_;
  std::uint16_t port_ = 0;
};

}  // namespace instar::testing
