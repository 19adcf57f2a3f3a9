#include "tests/support/result.hpp"
#include "tests/upgrade/footprint.hpp"
#include "tests/upgrade/kv_node.hpp"
#include "tests/upgrade/resp_client.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

namespace instar::testing {
namespace {

/// Increments one key over one connection until it is told to stop; every
/// answer must be the number after the one before.
class load {
public:
  load(std::uint16_t port, std::string key)
      : thread_([this, port, key = std::move(key)] { run(port, key); }) {}
  ~load() { stop(); }

  void stop() {
    is_stopping_ = true;
    if (thread_.joinable())
      thread_.join();
  }
  /// Waits until it has had `count` more answers, or has failed.
  void wait_for(std::int64_t count) const {
    const auto until = answered_.load() + count;
    for (auto now = answered_.load(); now < until && failure_at_ < 0;
         now = answered_.load()) {
      answered_.wait(now);
    }
  }
  std::int64_t answered() const { return answered_; }
  bool has_failed() const { return failure_at_ >= 0; }

private:
  void run(std::uint16_t port, const std::string& key) {
    try {
      resp_client client(port);
      while (!is_stopping_) {
        const auto expected = answered_ + 1;
        if (client.call({"INCR", key}) != resp_client::integer(expected)) {
          failure_at_ = expected;
          break;
        }
        answered_ = expected;
        answered_.notify_all();
      }
    } catch (const std::exception&) {
      failure_at_ = answered_ + 1;
    }
    answered_.notify_all();
  }

  std::atomic<bool> is_stopping_{false};
  std::atomic<std::int64_t> answered_{0};
  std::atomic<std::int64_t> failure_at_{-1};
  std::thread thread_;
};

constexpr int key_count = 1000;

void set_keys(resp_client& client) {
  for (int i = 0; i < key_count; ++i) {
    const auto n = std::to_string(i);
    REQUIRE(client.call({"SET", "key:" + n, "value " + n}) == "+OK\r\n");
  }
}
bool has_keys(resp_client& client) {
  for (int i = 0; i < key_count; ++i) {
    const auto n = std::to_string(i);
    if (client.call({"GET", "key:" + n}) != resp_client::bulk("value " + n))
      return false;
  }
  return true;
}

/// Of 1000 seconds: a slow machine has had some of them.
bool has_time_left(resp_client& client, const std::string& key) {
  const auto seconds = std::stol(client.call({"TTL", key}).substr(1));
  return seconds > 0 && seconds <= 1000;
}

std::string text(const result<upgrade_report>& of) {
  return of ? "done" : of.error().message();
}

const value wrong_limits{
    {"max_keys", {1000, 1000, 1000, 1000, "1 000", 1000, 1000, 1000}}};
const value right_limits{{"max_keys", {1, 1, 1, 1, 1, 1, 1, 1}}};

TEST_SUITE("upgrade/kv_upgrade") {
  TEST_CASE("1.0.0 becomes 1.1.0 and 1.0.0 again under load with all keys") {
    kv_node node("1.0.0");
    resp_client client(node.port());
    set_keys(client);
    CHECK(client.call({"TTL", "key:1"}).starts_with("-ERR unknown command"));
    // A command of which the half has come: it is kept too.
    resp_client slow(node.port());
    CHECK(slow.call({"PING"}) == "+PONG\r\n");
    slow.send("*2\r\n$4\r\nECHO\r\n$6\r\nhal");

    load a(node.port(), "counter a");
    load b(node.port(), "counter b");
    a.wait_for(100);
    b.wait_for(100);

    const auto up = node.up_to_1_1();
    REQUIRE_MESSAGE(up, text(up));
    CHECK(up->by_module.at("kv_shard") == 8);
    CHECK(up->by_module.at("kv_conn") == 4);
    a.wait_for(100);
    b.wait_for(100);
    CHECK(client.call({"TTL", "key:1"}) == ":-1\r\n");
    CHECK(client.call({"EXPIRE", "key:1", "1000"}) == ":1\r\n");
    CHECK(has_time_left(client, "key:1"));
    CHECK(client.call({"SET", "gone", "x", "PX", "1"}) == "+OK\r\n");
    while (client.call({"GET", "gone"}) != "$-1\r\n") {
    }
    CHECK(client.call({"CLIENT", "SETNAME", "me"}) == "+OK\r\n");
    CHECK(has_keys(client));

    const auto down = node.down_to_1_0();
    REQUIRE_MESSAGE(down, text(down));
    a.wait_for(100);
    b.wait_for(100);
    CHECK(client.call({"TTL", "key:1"}).starts_with("-ERR unknown command"));
    CHECK(client.call({"EXISTS", "gone"}) == ":0\r\n");
    CHECK(has_keys(client));
    slow.send("ves\r\n");
    CHECK(slow.receive() == "$6\r\nhalves\r\n");

    a.stop();
    b.stop();
    CHECK_FALSE(a.has_failed());
    CHECK_FALSE(b.has_failed());
    CHECK(client.call({"DBSIZE"}) == resp_client::integer(key_count + 2));
  }

  TEST_CASE("1.2.0 fails on one shard and nothing has changed") {
    kv_node node("1.1.0");
    resp_client client(node.port());
    set_keys(client);
    CHECK(client.call({"EXPIRE", "key:1", "1000"}) == ":1\r\n");
    CHECK(client.call({"CLIENT", "SETNAME", "me"}) == "+OK\r\n");
    load a(node.port(), "counter");
    a.wait_for(100);

    const auto up = node.up_to_1_2(wrong_limits);
    REQUIRE_FALSE(up);
    CHECK(up.error().tag() == "code_change_failed");
    CHECK_MESSAGE(
        up.error().message().find(
            "max_keys of shard 4 is no number: \"1 000\"") != std::string::npos,
        up.error().message());
    CHECK(node.example().current_vsn("kv_shard") == "1.1.0");
    a.wait_for(100);
    CHECK(has_time_left(client, "key:1"));
    CHECK(client.call({"CLIENT", "GETNAME"}) == "$2\r\nme\r\n");
    CHECK(has_keys(client));
    a.stop();
    CHECK_FALSE(a.has_failed());
  }

  TEST_CASE("1.2.0 with a right limit for each shard goes up and down") {
    kv_node node("1.1.0");
    resp_client client(node.port());
    set_keys(client);
    const auto up = node.up_to_1_2(right_limits);
    REQUIRE_MESSAGE(up, text(up));
    CHECK(client.call({"SET", "new", "x"}) ==
          "-OOM command not allowed when the shard has 'max_keys' keys\r\n");
    CHECK(client.call({"INCR", "new"}).starts_with("-OOM"));
    CHECK(has_keys(client));
    const auto down = node.down_to_1_1();
    REQUIRE_MESSAGE(down, text(down));
    CHECK(client.call({"SET", "new", "x"}) == "+OK\r\n");
    CHECK(has_keys(client));
  }

  TEST_CASE("a connection made after an upgrade runs the new code") {
    kv_node node("1.0.0");
    const auto up = node.up_to_1_1();
    REQUIRE_MESSAGE(up, text(up));
    resp_client client(node.port());
    CHECK(client.call({"TTL", "no"}) == ":-2\r\n");
    const auto down = node.down_to_1_0();
    REQUIRE_MESSAGE(down, text(down));
    resp_client later(node.port());
    CHECK(later.call({"TTL", "no"}).starts_with("-ERR unknown command"));
  }

  TEST_CASE("ten upgrades up and down under load lose no increment") {
    kv_node node("1.0.0");
    load a(node.port(), "a");
    load b(node.port(), "b");
    load c(node.port(), "c");
    for (int i = 0; i < 10; ++i) {
      a.wait_for(20);
      c.wait_for(20);
      const auto changed = i % 2 == 0 ? node.up_to_1_1() : node.down_to_1_0();
      REQUIRE_MESSAGE(changed, text(changed));
    }
    for (auto* one : {&a, &b, &c}) {
      one->wait_for(20);
      one->stop();
      CHECK_FALSE(one->has_failed());
    }
  }

  // INSTAR_TEST_CYCLES says how many; memory is compared with what it was after
  // the first quarter of them.
  TEST_CASE(
      "cycles of upgrades under load leave memory and files as they were") {
    const auto* wanted = std::getenv("INSTAR_TEST_CYCLES");
    const int cycles = wanted == nullptr ? 40 : std::max(4, std::atoi(wanted));
    kv_node node("1.0.0");
    resp_client client(node.port());
    set_keys(client);
    load a(node.port(), "a");
    load b(node.port(), "b");
    footprint warm;
    for (int i = 0; i < cycles; ++i) {
      a.wait_for(5);
      const auto up = node.up_to_1_1();
      REQUIRE_MESSAGE(up, text(up));
      a.wait_for(5);
      const auto down = node.down_to_1_0();
      REQUIRE_MESSAGE(down, text(down));
      for (const auto* module : {"kv_shard", "kv_conn"}) {
        const auto gone = node.example().node().code().soft_purge(module);
        REQUIRE_MESSAGE(gone, gone.error().message());
      }
      if (i == cycles / 4)
        warm = measure(::getpid());
    }
    const auto after = measure(::getpid());
    a.stop();
    b.stop();
    CHECK_FALSE(a.has_failed());
    CHECK_FALSE(b.has_failed());
    CHECK(has_keys(client));
    MESSAGE(cycles << " cycles: " << warm.resident_kib << " KiB, then "
                   << after.resident_kib << " KiB");
    CHECK(after.modules == warm.modules);
    CHECK(after.descriptors == warm.descriptors);
    CHECK(after.resident_kib < warm.resident_kib + allowed_growth_kib);
  }
}

}  // namespace
}  // namespace instar::testing
