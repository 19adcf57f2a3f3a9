// The top supervisor: the shards, the connections' supervisor, the listener.
#include "runtime/module.hpp"

#include <algorithm>
#include <string>

namespace {

constexpr std::int64_t default_shards = 8;
constexpr std::int64_t most_shards = 256;

struct kv_sup : instar::supervisor {
  static instar::supervisor_spec init(const instar::value&) {
    auto shards = default_shards;
    if (const auto wanted = instar::get_env("kv", "shards"); wanted.is_int64())
      shards = std::clamp<std::int64_t>(wanted.get_int64(), 1, most_shards);

    instar::supervisor_spec spec{.intensity = 5};
    for (std::int64_t i = 0; i < shards; ++i) {
      const auto name = "kv_shard_" + std::to_string(i);
      spec.children.push_back({
          .id = name,
          .start = {.module = "kv_shard",
                    .args = boost::json::object{{"number", i}},
                    .name = name},
      });
    }
    spec.children.push_back({
        .id = "kv_conn_sup",
        .start = {.module = "kv_conn_sup",
                  .args = boost::json::object{{"shards", shards}},
                  .name = "kv_conn_sup"},
        .type = instar::child_type::supervisor,
    });
    spec.children.push_back({
        .id = "kv_listener",
        .start = {.module = "kv_listener", .args = {}, .name = "kv_listener"},
    });
    return spec;
  }
};

}  // namespace

INSTAR_MODULE(kv_sup)
