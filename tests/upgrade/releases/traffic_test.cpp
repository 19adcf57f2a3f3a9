#include "runtime/supervisor.hpp"
#include "tests/upgrade/releases/release_node.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <atomic>

TEST_SUITE_BEGIN("upgrade/releases/traffic");

using namespace instar::release_handler::test;

namespace {

constexpr int rounds = 10;

// Two batches' worth of modules: red and blue change together, relay never.
void add_release_2(release_node& node) {
  node.add_release_2(both_ways("2.0", advanced("red") + ", {load_module: ink}"),
                     both_ways("2.0", advanced("blue")));
}

// Up and down, `rounds` times; each must succeed.
void up_and_down(release_node& node) {
  for (int i = 0; i < rounds; ++i) {
    CHECK(outcome_of(node, node.install("2")) == "installed");
    CHECK(outcome_of(node, node.install("1")) == "installed");
  }
}

// Does something again and again on a thread of its own, until it ends.
class busy_thread {
public:
  explicit busy_thread(std::function<void()> again)
      : thread_([this, again] {
          while (!is_over_.load()) {
            again();
            ++turns_;
          }
        }) {}
  ~busy_thread() { end(); }
  busy_thread(const busy_thread&) = delete;
  busy_thread& operator=(const busy_thread&) = delete;
  std::uint64_t end() {
    is_over_.store(true);
    if (thread_.joinable())
      thread_.join();
    return turns_;
  }

private:
  std::atomic<bool> is_over_{false};
  std::uint64_t turns_ = 0;
  std::thread thread_;
};

// The numbers 0 to count - 1.
std::vector<std::int64_t> first_numbers(std::int64_t count) {
  std::vector<std::int64_t> numbers;
  for (std::int64_t i = 0; i < count; ++i)
    numbers.push_back(i);
  return numbers;
}

}  // namespace

TEST_CASE(
    "a ring of processes that call each other goes over with no call lost") {
  release_node node;
  add_release_2(node);
  std::atomic<int> failed = 0;
  busy_thread ring([&] {
    const auto reached = node.node().call<std::int64_t>(
        "red_1", cell::pass{{"blue_1", "red_2", "blue_2", "red_3"}}, 60s);
    if (!reached || *reached != 5)
      ++failed;
  });
  up_and_down(node);
  CHECK(ring.end() > 0);
  CHECK(failed == 0);
  CHECK(node.all_serve());
}

TEST_CASE("a chain of calls through a process outside of the batch goes over") {
  release_node node;
  add_release_2(node);
  std::atomic<int> failed = 0;
  busy_thread chain([&] {
    const auto reached = node.node().call<std::int64_t>(
        "red_1", cell::pass{{"relay_1", "blue_1", "red_2"}}, 60s);
    if (!reached || *reached != 4)
      ++failed;
  });
  busy_thread from_outside([&] {
    const auto reached = node.node().call<std::int64_t>(
        "relay_1", cell::pass{{"red_3", "blue_2"}}, 60s);
    if (!reached || *reached != 3)
      ++failed;
  });
  up_and_down(node);
  CHECK(chain.end() > 0);
  CHECK(from_outside.end() > 0);
  CHECK(failed == 0);
}

TEST_CASE("casts arrive once and in order across upgrades") {
  release_node node;
  add_release_2(node);
  std::int64_t sent = 0;
  busy_thread sender([&] {
    node.cast("red_1", cell::note{sent});
    node.node().send(node.node().whereis("blue_1"), cell::note{sent});
    ++sent;
    // Not faster than they are handled.
    if (sent % 64 == 0)
      static_cast<void>(node.node().call<std::string>("red_1", cell::who{}));
  });
  up_and_down(node);
  sender.end();
  CHECK(sent > 0);
  CHECK(node.call("red_1", cell::heard{}) == first_numbers(sent));
  CHECK(node.call("blue_1", cell::heard{}) == first_numbers(sent));
}

TEST_CASE("timers fire once and in order across upgrades") {
  release_node node;
  add_release_2(node);
  constexpr std::int64_t count = 60;
  for (std::int64_t i = 0; i < count; ++i)
    node.cast("red_1", cell::note_later{5 * i, i});
  up_and_down(node);
  auto& sched = node.node().sched();
  const auto enough = sched.now() + 60s;
  while (static_cast<std::int64_t>(node.call("red_1", cell::heard{}).size()) <
             count &&
         sched.now() < enough) {
    sched.wait([] { return false; }, sched.now() + 5ms);
  }
  CHECK(node.call("red_1", cell::heard{}) == first_numbers(count));
}

TEST_CASE("a connection stays open and its lines are answered in order") {
  using boost::asio::ip::tcp;
  release_node node;
  add_release_2(node);
  const auto port = node.call("red_1", cell::listen{});
  boost::asio::io_context io;
  tcp::socket client(io);
  client.connect({boost::asio::ip::address_v4::loopback(),
                  static_cast<std::uint16_t>(port)});
  std::int64_t asked = 0;
  std::atomic<int> wrong = 0;
  busy_thread talk([&] {
    try {
      const auto line = std::to_string(asked++) + "\n";
      // In two pieces: the half line is part of the state.
      boost::asio::write(client, boost::asio::buffer(line.substr(0, 1)));
      boost::asio::write(client, boost::asio::buffer(line.substr(1)));
      std::string answer;
      boost::asio::read_until(client, boost::asio::dynamic_buffer(answer),
                              '\n');
      if (answer != line)
        ++wrong;
    } catch (const std::exception&) {
      ++wrong;
    }
  });
  up_and_down(node);
  CHECK(talk.end() > 0);
  CHECK(wrong == 0);
}

TEST_CASE(
    "processes that start and stop meanwhile run one version or the other") {
  release_node node;
  add_release_2(node);
  std::atomic<int> wrong = 0;
  busy_thread churn([&] {
    const auto made = node.node().call<instar::child_reply>(
        "pool", instar::start_dynamic_child{boost::json::object()}, 60s);
    if (!made || !made->error.empty()) {
      ++wrong;
      return;
    }
    const auto who =
        node.node().call<std::string>(made->child, cell::who{}, 60s);
    if (!who || (*who != "red 1.0" && *who != "red 2.0"))
      ++wrong;
    const auto gone = node.node().call<instar::child_reply>(
        "pool", instar::terminate_child{{}, made->child}, 60s);
    if (!gone || !gone->error.empty())
      ++wrong;
  });
  up_and_down(node);
  CHECK(churn.end() > 0);
  CHECK(wrong == 0);
  CHECK(node.node().code().current("red")->box_count.load() == 3);
  CHECK(node.node().crash_count() == 0);
}

TEST_SUITE_END();
