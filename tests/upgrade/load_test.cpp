// The main job as an operator does it, many times: good and bad releases in
// turns, on a node under load. INSTAR_TEST_OPERATIONS says how many.
#include "tests/upgrade/checked_clients.hpp"
#include "tests/upgrade/operated_node.hpp"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace instar::testing {
namespace {

constexpr std::size_t client_count = 8;

/// redis-benchmark again and again, where Debian's redis-tools are. It ends with
/// an error where a connection is closed.
class benchmark {
public:
  explicit benchmark(std::uint16_t port)
      : thread_([this, port] { run(port); }) {}
  benchmark(const benchmark&) = delete;
  ~benchmark() { stop(); }

  static bool is_there() { return ::access(program, X_OK) == 0; }
  void stop() {
    is_stopping_ = true;
    if (thread_.joinable())
      thread_.join();
  }
  /// After stop().
  const std::string& complaint() const { return complaint_; }
  std::size_t commands() const { return commands_; }

private:
  static constexpr const char* program = "/usr/bin/redis-benchmark";
  static constexpr std::size_t commands_of_a_run = 20'000;

  void run(std::uint16_t port) {
    while (!is_stopping_ && complaint_.empty()) {
      const auto done =
          cli::test::process(
              program, {"-p", std::to_string(port), "-c", "20", "-n",
                        std::to_string(commands_of_a_run), "-r", "1000", "-t",
                        "set,get,incr", "--csv"})
              .wait();
      if (done.exit_code != 0 || done.out.find("rror") != std::string::npos ||
          done.out.find("closed") != std::string::npos)
        complaint_ = done.out + done.err;
      commands_ += 3 * commands_of_a_run;
    }
  }

  std::atomic<bool> is_stopping_{false};
  std::string complaint_;
  std::size_t commands_ = 0;
  std::thread thread_;
};

/// What the operator does, and what must become of it.
struct step {
  std::vector<std::string> command;
  int exit_code;
  std::string outcome;
  std::string tag;
  /// What runs then.
  std::string vsn;
};

/// A good installation, a bad one, a good rollback, a bad installation. After
/// three rounds each kind of failure has had its turn from each release, and the
/// node is as it was.
constexpr std::size_t rounds_of_a_turn = 3;
constexpr std::size_t steps_of_a_round = 4;

std::array<step, steps_of_a_round> steps_of(std::size_t round) {
  const std::array<step, rounds_of_a_turn> bad_from_1_1{
      // A conversion throws when others are done.
      step{{"install", "1.2.0"}, 4, "undone", "code_change_failed", "1.1.0"},
      step{{"install", "1.1.0-sick", "--wait"},
           4,
           "rolled_back",
           "probation_failed",
           "1.1.0"},
      step{{"install", "1.1.0-late"},
           3,
           "refused",
           "no_matching_relup",
           "1.1.0"}};
  const std::array<step, rounds_of_a_turn> bad_from_1_0{
      // By way of 1.1.0, which is taken back.
      step{{"install", "1.2.0"},
           4,
           "rolled_back",
           "code_change_failed",
           "1.0.0"},
      step{{"install", "1.1.0-sick", "--wait"},
           4,
           "rolled_back",
           "probation_failed",
           "1.0.0"},
      step{{"install", "1.1.0-late"},
           4,
           "rolled_back",
           "effect_failed",
           "1.0.0"}};
  const auto kind = round % rounds_of_a_turn;
  return {step{{"install", "1.1.0"}, 0, "installed", "", "1.1.0"},
          bad_from_1_1[kind],
          step{{"rollback", "--to", "1.0.0"}, 0, "installed", "", "1.0.0"},
          bad_from_1_0[kind]};
}

/// With the load of redis-benchmark over, and no old code.
footprint settle(const operated_node& node, std::size_t descriptors = 0) {
  const auto kept = node.purge();
  CHECK_MESSAGE(kept.empty(), kept);
  // The clients' and the one that is silent.
  return node.settle(client_count + 1, descriptors);
}

std::size_t operations() {
  const auto* wanted = std::getenv("INSTAR_TEST_OPERATIONS");
  return wanted == nullptr ? 24 : std::strtoul(wanted, nullptr, 10);
}

}  // namespace

TEST_SUITE("upgrade/load") {
  TEST_CASE(
      "good and bad releases in turns under load lose nothing and leave "
      "nothing behind") {
    constexpr auto of_a_turn = rounds_of_a_turn * steps_of_a_round;
    const auto turns =
        std::max<std::size_t>(2, (operations() + of_a_turn - 1) / of_a_turn);
    operated_node node;
    checked_clients clients(node.port(), client_count);
    // Half a command, for the whole time.
    resp_client slow(node.port());
    CHECK(slow.call({"PING"}) == "+PONG\r\n");
    slow.send("*2\r\n$4\r\nECHO\r\n$6\r\nhal");

    footprint warm;
    std::int64_t longest_pause_us = 0;
    std::size_t commands = 0;
    for (std::size_t turn = 0; turn < turns; ++turn) {
      std::optional<benchmark> others;
      if (benchmark::is_there())
        others.emplace(node.port());
      for (std::size_t i = 0; i < of_a_turn; ++i) {
        clients.wait_for(5);
        const auto wanted =
            steps_of(i / steps_of_a_round)[i % steps_of_a_round];
        auto command = wanted.command;
        command.insert(command.begin(), "release");
        const auto done = node.ask(command);
        CAPTURE(turn);
        CAPTURE(i);
        CAPTURE(boost::json::serialize(done.body));
        CHECK(done.exit_code == wanted.exit_code);
        CHECK(done.text("outcome") == wanted.outcome);
        CHECK(done.tag() == wanted.tag);
        REQUIRE(node.running_vsn() == wanted.vsn);
        REQUIRE(clients.complaints() == std::vector<std::string>{});
        if (const auto* pause = done.body.as_object().if_contains("pause_us"))
          longest_pause_us =
              std::max(longest_pause_us, pause->to_number<std::int64_t>());
      }
      if (others) {
        others->stop();
        CHECK(others->complaint() == "");
        commands += others->commands();
      }
      if (turn == 0)
        warm = settle(node);
    }
    clients.wait_for(5);
    const auto after = settle(node, warm.descriptors);
    clients.stop();
    slow.send("ves\r\n");
    CHECK(slow.receive() == "$6\r\nhalves\r\n");
    CHECK(clients.complaints() == std::vector<std::string>{});
    CHECK(clients.missing(slow) == std::vector<std::string>{});
    MESSAGE(fmt::format(
        "{} operations: {} commands of {} clients, the longest answer {} us, "
        "the longest pause {} us; {} commands of redis-benchmark; memory {} "
        "KiB and then {} KiB, descriptors {} and {}, mapped modules {} and {}",
        turns * of_a_turn, clients.acknowledged(), client_count,
        clients.longest_wait().count(), longest_pause_us, commands,
        warm.resident_kib, after.resident_kib, warm.descriptors,
        after.descriptors, warm.modules, after.modules));
    CHECK(after.modules == warm.modules);
    CHECK(after.descriptors <= warm.descriptors);
    CHECK(after.resident_kib < warm.resident_kib + allowed_growth_kib);
    CHECK(node.stop() == 0);
  }
}

}  // namespace instar::testing
