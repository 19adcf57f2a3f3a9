// The store's shards, without its sockets: their states go up and down.
#include <doctest/doctest.h>

#include "kv_messages.hpp"
#include <instar/testing.hpp>
#include <instar/testing/rapidcheck.hpp>

#include <map>
#include <string>
#include <tuple>

using boost::json::object;
using instar::value;
using instar::testing::stepped_node;

namespace {

constexpr const char* old_folder = KV_LIB "/kv-1.0.0";
constexpr const char* new_folder = KV_LIB "/kv-1.1.0";

void start_shard(stepped_node& node, const char* folder) {
  REQUIRE(node.load(folder));
  REQUIRE(node.start("kv_shard", {{"number", 3}}, "shard"));
}

}  // namespace

TEST_SUITE("testing/kv_upgrade") {
  TEST_CASE("whatever a shard of 1.0.0 keeps it has again after 1.1.0") {
    stepped_node node;
    start_shard(node, old_folder);
    CHECK(rc::check([&] {
      const auto& type = *node.state_type("kv_shard");
      const auto state = *instar::testing::any_value(type);
      RC_ASSERT(node.replace_state("shard", state));
      const auto trip = node.round_trip("shard", new_folder);
      RC_ASSERT(trip);
      RC_ASSERT(trip->after == trip->before);
      RC_ASSERT(trip->above.at("number") == trip->before.at("number"));
      RC_ASSERT(trip->above.at("deadlines").as_array().empty());
      const auto keys_before = trip->before.at("keys");
      const auto keys_above = trip->above.at("keys");
      if (keys_before.is_object()) {
        RC_ASSERT(keys_above.as_object().size() ==
                  keys_before.as_object().size());
        for (const auto& key : keys_before.as_object())
          RC_ASSERT(keys_above.at(key.key()).at("text") == key.value());
      }
    }));
    CHECK(node.vsn("kv_shard") == "1.0.0");
  }

  TEST_CASE("going down drops what has expired and nothing else") {
    // Key to text, time left, writes.
    using entries =
        std::map<char, std::tuple<std::string, std::int16_t, std::uint16_t>>;
    CHECK(rc::check([](const entries& made) {
      stepped_node node;
      RC_ASSERT(node.load(new_folder));
      RC_ASSERT(node.start("kv_shard", {{"number", 1}}, "shard"));
      const std::int64_t now_ms = node.system_time().count();
      object keys;
      object kept;
      boost::json::array deadlines;
      for (const auto& [name, about] : made) {
        const auto& [bytes, left_ms, writes] = about;
        const std::string key = "key " + std::to_string(name);
        const auto text = std::to_string(bytes.size());
        const std::int64_t deadline = left_ms == 0 ? 0 : now_ms + left_ms;
        keys[key] = object{
            {"text", text}, {"deadline_ms", deadline}, {"writes", writes}};
        if (deadline != 0)
          deadlines.push_back(boost::json::array{deadline, key});
        if (left_ms >= 0 && (deadline == 0 || deadline > now_ms))
          kept[key] = text;
      }
      const object state{
          {"number", 1}, {"keys", keys}, {"deadlines", deadlines}};
      RC_ASSERT(node.replace_state("shard", state));
      const auto down = node.downgrade_application(old_folder);
      RC_ASSERT(down);
      RC_ASSERT(*node.state("shard") ==
                object({{"number", 1}, {"keys", kept}}));
    }));
  }

  TEST_CASE("a message that does not carry over to older code is refused") {
    stepped_node node;
    start_shard(node, old_folder);
    kv::batch asked;
    asked.requests.resize(1);
    // 1.0.0 has fewer operations, so that not every batch means something to it.
    asked.requests[0].what = kv::operation::flush;
    const auto refused = node.call("shard", asked);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == instar::errc::bad_message);
    CHECK(refused.error().message() ==
          "kv_shard 1.0.0 has no handle_call for kv.batch of this layout");
  }

  TEST_CASE("messages of an included header and time that a test moves") {
    stepped_node node;
    start_shard(node, new_folder);
    const kv::batch set{{
        {.what = kv::operation::set, .key = "a", .text = "1"},
        {.what = kv::operation::add, .number = 41, .key = "a"},
    }};
    const auto answers = node.call("shard", set);
    REQUIRE(answers);
    REQUIRE(answers->size() == 2);
    CHECK(answers->at(0).text == "+OK\r\n");
    CHECK(answers->at(1).text == ":42\r\n");

    kv::batch expire;
    expire.requests.resize(1);
    expire.requests[0].what = kv::operation::expire;
    expire.requests[0].key = "a";
    expire.requests[0].deadline_ms = node.system_time().count() + 2000;
    REQUIRE(node.call("shard", expire));
    node.advance(std::chrono::milliseconds(1999));
    CHECK(node.state("shard")->at("keys").as_object().size() == 1);
    // It is swept a second later at most, and nobody asks for it.
    node.advance(std::chrono::milliseconds(1001));
    CHECK(node.state("shard")->at("keys").as_object().empty());
  }
}
