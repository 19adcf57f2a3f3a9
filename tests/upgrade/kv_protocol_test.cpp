#include "tests/support/result.hpp"
#include "tests/upgrade/kv_node.hpp"
#include "tests/upgrade/resp_client.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>

namespace instar::testing {
namespace {

using strings = std::vector<std::string>;

struct session {
  explicit session(std::string_view vsn = "1.0.0")
      : node(vsn), client(node.port()) {}
  kv_node node;
  resp_client client;

  std::string operator()(const strings& words) { return client.call(words); }
  std::string raw(std::string_view bytes) {
    client.send(bytes);
    return client.receive();
  }
};

/// Whether the answer is what a slow machine has left of so many seconds.
bool is_left_of(long seconds, const std::string& answer) {
  const auto left = std::stol(answer.substr(1));
  return left > seconds - 40 && left <= seconds;
}

TEST_SUITE("upgrade/kv_protocol") {
  TEST_CASE("single keys are set and read and counted") {
    session kv;
    CHECK(kv({"PING"}) == "+PONG\r\n");
    CHECK(kv({"ping", "you"}) == "$3\r\nyou\r\n");
    CHECK(kv({"ECHO", ""}) == "$0\r\n\r\n");
    CHECK(kv({"GET", "a"}) == "$-1\r\n");
    CHECK(kv({"SET", "a", "x\r\ny"}) == "+OK\r\n");
    CHECK(kv({"GET", "a"}) == "$4\r\nx\r\ny\r\n");
    CHECK(kv({"SET", "a", "z", "NX"}) == "$-1\r\n");
    CHECK(kv({"SET", "b", "z", "xx"}) == "$-1\r\n");
    CHECK(kv({"SET", "b", "z", "NX"}) == "+OK\r\n");
    CHECK(kv({"SET", "b", "y", "XX"}) == "+OK\r\n");
    CHECK(kv({"INCR", "n"}) == ":1\r\n");
    CHECK(kv({"INCRBY", "n", "41"}) == ":42\r\n");
    CHECK(kv({"DECR", "n"}) == ":41\r\n");
    CHECK(kv({"DECRBY", "n", "50"}) == ":-9\r\n");
    CHECK(kv({"GET", "n"}) == "$2\r\n-9\r\n");
    CHECK(kv({"DBSIZE"}) == ":3\r\n");
    CHECK(kv({"QUIT"}) == "+OK\r\n");
    CHECK(kv.client.is_closed());
  }

  TEST_CASE("several keys are answered in the order of the question") {
    session kv;
    CHECK(kv({"MSET", "a", "1", "b", "2", "c", "3", "d", "4"}) == "+OK\r\n");
    CHECK(kv({"MGET", "d", "no", "a", "b", "a"}) ==
          "*5\r\n$1\r\n4\r\n$-1\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n1\r\n");
    CHECK(kv({"EXISTS", "a", "a", "no", "d"}) == ":3\r\n");
    CHECK(kv({"DEL", "a", "a", "no", "d"}) == ":2\r\n");
    CHECK(kv({"KEYS", "b*"}) == "*1\r\n$1\r\nb\r\n");
    CHECK(kv({"KEYS", "[^b]"}) == "*1\r\n$1\r\nc\r\n");
    const auto all = kv({"KEYS", "*"});
    CHECK(all.starts_with("*2\r\n"));
    CHECK(kv({"FLUSHALL"}) == "+OK\r\n");
    CHECK(kv({"DBSIZE"}) == ":0\r\n");
    CHECK(kv({"KEYS", "*"}) == "*0\r\n");
  }

  TEST_CASE("what clients ask at their start is answered") {
    session kv;
    CHECK(kv({"SELECT", "0"}) == "+OK\r\n");
    CHECK(kv({"SELECT", "1"}) == "-ERR DB index is out of range\r\n");
    CHECK(kv({"HELLO", "3"}) == "-NOPROTO unsupported protocol version\r\n");
    CHECK(kv({"CLIENT", "SETINFO", "LIB-NAME", "x"}) == "+OK\r\n");
    CHECK(kv({"CLIENT", "SETNAME", "x"}) == "+OK\r\n");
    CHECK(kv({"CLIENT", "ID"}).starts_with(":"));
    CHECK(kv({"CONFIG", "GET", "save"}) == "*2\r\n$4\r\nsave\r\n$0\r\n\r\n");
    CHECK(kv({"CONFIG", "GET", "none"}) == "*0\r\n");
    CHECK(kv({"COMMAND", "DOCS"}) == "*0\r\n");
    CHECK(kv({"COMMAND", "COUNT"}) == ":22\r\n");
    CHECK(kv({"COMMAND"}).starts_with("*22\r\n*6\r\n$6\r\nclient\r\n"));
    CHECK(kv({"INFO"}).find("kv_version:1.0.0\r\n") != std::string::npos);
  }

  TEST_CASE("a command that cannot be done leaves the connection usable") {
    session kv;
    CHECK(
        kv({"nope", "a", "b"}) ==
        "-ERR unknown command 'nope', with args beginning with: 'a' 'b' \r\n");
    CHECK(kv({"GET"}) ==
          "-ERR wrong number of arguments for 'get' command\r\n");
    CHECK(kv({"MSET", "a", "b", "c"}) ==
          "-ERR wrong number of arguments for 'mset' command\r\n");
    CHECK(kv({"SET", "a", "b", "c"}) == "-ERR syntax error\r\n");
    CHECK(kv({"CONFIG", "SET", "a", "b"}) ==
          "-ERR unknown subcommand 'SET'. Try CONFIG HELP.\r\n");
    CHECK(kv({"SET", "a", "x"}) == "+OK\r\n");
    const std::string no_integer =
        "-ERR value is not an integer or out of range\r\n";
    CHECK(kv({"INCR", "a"}) == no_integer);
    CHECK(kv({"INCRBY", "b", "1.5"}) == no_integer);
    CHECK(kv({"INCRBY", "b", "9223372036854775808"}) == no_integer);
    CHECK(kv({"SET", "a", "01"}) == "+OK\r\n");
    CHECK(kv({"INCR", "a"}) == no_integer);
    CHECK(kv({"SET", "a", "9223372036854775807"}) == "+OK\r\n");
    const std::string overflow =
        "-ERR increment or decrement would overflow\r\n";
    CHECK(kv({"INCR", "a"}) == overflow);
    CHECK(kv({"DECRBY", "a", "-9223372036854775808"}) ==
          "-ERR decrement would overflow\r\n");
    CHECK(kv({"GET", "a"}) == "$19\r\n9223372036854775807\r\n");
    CHECK(kv({"PING"}) == "+PONG\r\n");
  }

  TEST_CASE("bytes that are no command are answered and the connection ends") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"*1\r\n:3\r\n", "expected '$', got ':'"},
        {"*x\r\n", "invalid multibulk length"},
        {"*9999999999\r\n", "invalid multibulk length"},
        {"*1\r\n$-1\r\n", "invalid bulk length"},
        {"*1\r\n$536870913\r\n", "invalid bulk length"},
        {"SET a \"b\r\n", "unbalanced quotes in request"},
        {std::string(70'000, 'x'), "too big inline request"},
        {"*" + std::string(70'000, '1'), "too big mbulk count string"},
        {"*1\r\n$" + std::string(70'000, '1'), "too big bulk count string"},
    };
    kv_node node("1.0.0");
    for (const auto& [bytes, error] : cases) {
      CAPTURE(error);
      resp_client client(node.port());
      CHECK(client.call({"PING"}) == "+PONG\r\n");
      client.send(bytes);
      CHECK(client.receive() == "-ERR Protocol error: " + error + "\r\n");
      CHECK(client.is_closed());
    }
    CHECK(resp_client(node.port()).call({"PING"}) == "+PONG\r\n");
  }

  TEST_CASE("inline commands are split as a shell would") {
    session kv;
    CHECK(kv.raw("PING\r\n") == "+PONG\r\n");
    CHECK(kv.raw("\r\n  \n*0\r\n*-1\r\nPING\n") == "+PONG\r\n");
    CHECK(kv.raw("SET  a \"x\\x41\\n\\\"\" \r\n") == "+OK\r\n");
    CHECK(kv({"GET", "a"}) == "$4\r\nxA\n\"\r\n");
    CHECK(kv.raw("SET a 'it\\'s \"'\r\n") == "+OK\r\n");
    CHECK(kv({"GET", "a"}) == "$6\r\nit's \"\r\n");
  }

  TEST_CASE("pipelined commands are answered in order across packet borders") {
    session kv;
    std::string bytes;
    std::string expected;
    for (int i = 0; i < 300; ++i) {
      const auto key = fmt::format("k{}", i);
      const auto next = fmt::format("k{}", i + 1);
      bytes += resp_client::array({"SET", key, std::to_string(i)});
      bytes += fmt::format("INCR {}\r\n", key);
      bytes += resp_client::array({"MGET", key, next});
      bytes += "PING\r\n";
      expected += fmt::format("+OK\r\n:{0}\r\n*2\r\n{1}$-1\r\n+PONG\r\n", i + 1,
                              resp_client::bulk(std::to_string(i + 1)));
    }
    // Pieces of growing size, so that borders fall everywhere.
    for (std::size_t at = 0, size = 1; at < bytes.size(); at += size++)
      kv.client.send(std::string_view(bytes).substr(at, size));
    std::string answers;
    while (answers.size() < expected.size())
      answers += kv.client.receive();
    CHECK(answers == expected);
  }

  TEST_CASE("a value of many packets is stored whole") {
    session kv;
    std::string big(3'000'000, 'x');
    for (std::size_t i = 0; i < big.size(); ++i)
      big[i] = static_cast<char>('a' + i * i % 23);
    CHECK(kv({"SET", "big", big}) == "+OK\r\n");
    CHECK(kv({"GET", "big"}) == resp_client::bulk(big));
  }

  TEST_CASE("a client that goes away in the middle of a command harms nobody") {
    kv_node node("1.0.0");
    { resp_client(node.port()).send("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$5\r\nab"); }
    resp_client client(node.port());
    CHECK(client.call({"GET", "a"}) == "$-1\r\n");
  }

  TEST_CASE("a connection ends with its process and the others stay") {
    kv_node node("1.0.0");
    resp_client kept(node.port());
    CHECK(kept.call({"PING"}) == "+PONG\r\n");
    const auto before = node.connections();
    resp_client ended(node.port());
    CHECK(ended.call({"PING"}) == "+PONG\r\n");
    for (const auto& one : node.connections()) {
      if (std::find(before.begin(), before.end(), one) == before.end())
        node.example().node().send_exit({}, one, exit_reason::kill());
    }
    CHECK(ended.is_closed());
    CHECK(kept.call({"PING"}) == "+PONG\r\n");
  }

  TEST_CASE("a listener that was killed listens again on its port") {
    kv_node node("1.0.0");
    auto& runtime = node.example().node();
    resp_client before(node.port());
    CHECK(before.call({"PING"}) == "+PONG\r\n");
    REQUIRE(runtime.applications().set_env("kv", "port", node.port()));
    const auto killed = runtime.whereis("kv_listener");
    runtime.send_exit({}, killed, exit_reason::kill());
    for (auto now = killed; !now || now == killed;)
      now = runtime.whereis("kv_listener");
    CHECK(node.example().state_of("kv_listener").at("port") ==
          value(node.port()));
    CHECK(resp_client(node.port()).call({"PING"}) == "+PONG\r\n");
    CHECK(before.call({"PING"}) == "+PONG\r\n");
  }

  TEST_CASE("a shard that was killed is started again and found") {
    session kv;
    CHECK(kv({"MSET", "a", "1", "b", "1", "c", "1", "d", "1"}) == "+OK\r\n");
    auto& runtime = kv.node.example().node();
    for (int i = 0; i < 8; ++i) {
      const auto name = fmt::format("kv_shard_{}", i);
      const auto killed = runtime.whereis(name);
      if (i >= 4)
        continue;  // no more than the restart intensity
      runtime.send_exit({}, killed, exit_reason::kill());
      for (auto now = killed; !now || now == killed;)
        now = runtime.whereis(name);
    }
    // The connection still knows the shards that ended: it says so once.
    const auto first = kv({"MGET", "a", "b", "c", "d"});
    CHECK((first.starts_with("*4\r\n") || first.starts_with("-ERR the shard")));
    CHECK(kv({"MSET", "a", "1", "b", "1", "c", "1", "d", "1"}) == "+OK\r\n");
    CHECK(kv({"DBSIZE"}) == ":4\r\n");
  }

  TEST_CASE("1.1.0 lets keys expire and counts writes") {
    session kv("1.1.0");
    CHECK(kv({"TTL", "a"}) == ":-2\r\n");
    CHECK(kv({"SET", "a", "1"}) == "+OK\r\n");
    CHECK(kv({"TTL", "a"}) == ":-1\r\n");
    CHECK(kv({"EXPIRE", "a", "100"}) == ":1\r\n");
    CHECK(kv({"EXPIRE", "no", "100"}) == ":0\r\n");
    CHECK(is_left_of(100, kv({"TTL", "a"})));
    CHECK(kv({"INCR", "a"}) == ":2\r\n");
    CHECK(is_left_of(100, kv({"TTL", "a"})));
    CHECK(kv({"KV.WRITES", "a"}) == ":2\r\n");
    CHECK(kv({"PERSIST", "a"}) == ":1\r\n");
    CHECK(kv({"PERSIST", "a"}) == ":0\r\n");
    CHECK(kv({"TTL", "a"}) == ":-1\r\n");
    CHECK(kv({"SET", "a", "1", "EX", "50"}) == "+OK\r\n");
    CHECK(kv({"SET", "a", "1", "KEEPTTL"}) == "+OK\r\n");
    CHECK(is_left_of(50, kv({"TTL", "a"})));
    CHECK(kv({"SET", "a", "1"}) == "+OK\r\n");
    CHECK(kv({"TTL", "a"}) == ":-1\r\n");
    CHECK(kv({"EXPIRE", "a", "-1"}) == ":1\r\n");
    CHECK(kv({"GET", "a"}) == "$-1\r\n");
    CHECK(kv({"SET", "a", "1", "EX", "0"}) ==
          "-ERR invalid expire time in 'set' command\r\n");
    CHECK(kv({"EXPIRE", "a", "9223372036854775807"}) ==
          "-ERR invalid expire time in 'expire' command\r\n");
    CHECK(kv({"CLIENT", "SETNAME", "me"}) == "+OK\r\n");
    CHECK(kv({"CLIENT", "GETNAME"}) == "$2\r\nme\r\n");
  }

  TEST_CASE("keys that have expired are swept without being asked for") {
    session kv("1.1.0");
    for (int i = 0; i < 50; ++i) {
      CHECK(kv({"SET", fmt::format("k{}", i), "v", "PX", "1"}) == "+OK\r\n");
    }
    // DBSIZE counts what is kept, so it does not take anything away itself.
    while (kv({"DBSIZE"}) != ":0\r\n") {
    }
    CHECK(kv({"KEYS", "*"}) == "*0\r\n");
  }
}

}  // namespace
}  // namespace instar::testing
