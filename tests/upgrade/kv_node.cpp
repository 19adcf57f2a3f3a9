#include "tests/upgrade/kv_node.hpp"

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
