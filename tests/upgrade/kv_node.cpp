#include "tests/upgrade/kv_node.hpp"

#include "runtime/sys.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

namespace instar::testing {

kv_node::kv_node(std::string_view vsn)
    : example_(INSTAR_EXAMPLES_FOLDER "/kv", "kv") {
  const auto started = example_.start(vsn, {{"port", 0}, {"shards", 8}});
  REQUIRE_MESSAGE(started, started.error().message());
  port_ =
      example_.state_of("kv_listener").at("port").to_number<std::uint16_t>();
}

std::vector<pid> kv_node::connections() {
  auto& node = example_.node();
  const auto children = sys::children(node, node.whereis("kv_conn_sup"));
  REQUIRE(children);
  std::vector<pid> found;
  for (const auto& child : children->as_array())
    found.push_back(parse_pid(child.at("pid").as_string()));
  return found;
}

result<upgrade_report> kv_node::up_to_1_1() {
  return example_.change_to("1.1.0", {{"kv_shard", {}}, {"kv_conn", {}}},
                            direction::up);
}
result<upgrade_report> kv_node::down_to_1_0() {
  return example_.change_to("1.0.0", {{"kv_shard", {}}, {"kv_conn", {}}},
                            direction::down);
}
result<upgrade_report> kv_node::up_to_1_2(value extra) {
  return example_.change_to("1.2.0", {{"kv_shard", std::move(extra)}},
                            direction::up);
}
result<upgrade_report> kv_node::down_to_1_1() {
  return example_.change_to("1.1.0", {{"kv_shard", {}}}, direction::down);
}

}  // namespace instar::testing
