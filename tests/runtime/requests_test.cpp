// Calls that are not waited for at once, and calls of several processes.
#include "runtime/holders.hpp"
#include "tests/support/test_node.hpp"

#include <memory>

namespace instar::test {
namespace {

/// A server that keeps its requests and writes down what becomes of them.
namespace instar_v_desk {
struct desk {
  request_id open;
  std::vector<std::string> heard;
};
BOOST_DESCRIBE_STRUCT(desk, (), (open, heard))
}  // namespace instar_v_desk

/// A cast: ask this process.
struct inquire {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(inquire, (), (name))

struct desk_module : gen_server<instar_v_desk::desk> {
  static state_type init(const value&) { return {}; }
  static void handle_cast(state_type& s, const inquire& m) {
    s.open = send_request(m.name, ask{"price"});
  }
  static void handle_info(state_type& s, const response_message& m) {
    const auto answer = check_response<ask>(m, s.open);
    if (!answer) {
      s.heard.push_back("another's");
    } else {
      s.heard.push_back(*answer ? **answer : answer->error().tag());
    }
  }
};
constinit const module_descriptor desk_1 =
    instar::detail::make_descriptor<desk_module>("desk", "1.0", false);

class asking_node : public test_node {
public:
  asking_node() {
    load(desk_1);
    for (const auto* name : {"a", "b", "c"})
      start_probe(name);
    client = start_probe();
  }
  /// Runs it in the client, and what it returns.
  std::string run(task_function function) {
    auto text = std::make_shared<std::string>("not done");
    task_in(client, [=](probe_state& s) -> task<std::string> {
      auto running = function(s);
      *text = co_await std::move(running);
      co_return "";
    });
    last = text;
    return *text;
  }
  std::vector<std::string> heard_at_desk(pid desk) {
    std::vector<std::string> all;
    const auto state = sys::get_state(node, desk).value();
    for (const auto& one : state.at("heard").as_array())
      all.emplace_back(one.as_string());
    return all;
  }
  pid client;
  std::shared_ptr<std::string> last;
};

using strings = std::vector<std::string>;

}  // namespace

TEST_SUITE("runtime/requests") {
  TEST_CASE(
      "several are asked at once and their answers received in any order") {
    asking_node t;
    CHECK(t.run([](probe_state&) -> task<std::string> {
      const auto first = send_request("a", ask{"1"});
      const auto second = send_request("b", ask{"2"});
      const auto later = co_await receive_response<ask>(second);
      const auto sooner = co_await receive_response<ask>(first);
      co_return *sooner + ", " + *later;
    }) == "got 1, got 2");
    // Of answers that were received no info is left.
    CHECK(t.heard(t.client).empty());
  }

  TEST_CASE("an answer that nobody waits for is an info") {
    asking_node t;
    const auto desk = t.start("desk");
    t.node.cast(desk, inquire{"a"});
    t.sched.run_until_idle();
    CHECK(t.heard_at_desk(desk) == strings{"got price"});
    CHECK_FALSE(t.node.table().find_alive(desk)->has_waiting_handler());
  }

  TEST_CASE("a request to nobody or to one that ends is answered by an error") {
    asking_node t;
    const auto desk = t.start("desk");
    t.node.cast(desk, inquire{"nobody"});
    t.sched.run_until_idle();
    CHECK(t.heard_at_desk(desk) == strings{"noproc"});
    const auto held = t.start_probe("held");
    REQUIRE(sys::suspend(t.node, held));
    t.node.cast(desk, inquire{"held"});
    t.sched.run_until_idle();
    t.exit(held, exit_reason::kill());
    CHECK(t.heard_at_desk(desk) == strings{"noproc", "noproc"});
  }

  TEST_CASE("an answer to another request is told as such and stays") {
    asking_node t;
    const auto desk = t.start("desk");
    t.node.cast(desk, inquire{"a"});
    t.node.cast(desk, inquire{"b"});
    t.sched.run_until_idle();
    CHECK(t.heard_at_desk(desk).size() == 2);
    CHECK(t.heard_at_desk(desk).back() == "got price");
  }

  TEST_CASE("a request whose time is over is given up or waited for again") {
    asking_node t;
    REQUIRE(sys::suspend(t.node, "a"));
    t.run([](probe_state&) -> task<std::string> {
      const auto kept = send_request("a", ask{"kept"});
      const auto given_up = send_request("a", ask{"given up"});
      const auto first = co_await wait_response<ask>(kept, 10ms);
      const auto second = co_await receive_response<ask>(given_up, 10ms);
      std::string text = first.error().tag() + " " + second.error().tag();
      const auto again = co_await wait_response<ask>(kept, 1h);
      text += " " + *again;
      const auto closed = co_await wait_response<ask>(given_up, 1h);
      text += " " + closed.error().tag();
      co_return text;
    });
    t.sched.advance(20ms);
    CHECK(*t.last == "not done");
    REQUIRE(sys::resume(t.node, "a"));
    t.sched.run_until_idle();
    CHECK(*t.last == "timeout timeout got kept badarg");
  }

  TEST_CASE("multi_call hears all that answer in time and names the others") {
    asking_node t;
    REQUIRE(sys::suspend(t.node, "b"));
    t.run([](probe_state&) -> task<std::string> {
      std::vector<std::string> names{"a", "b", "nobody", "c"};
      ask question{"?"};
      auto running = multi_call(std::move(names), std::move(question), 50ms);
      const auto all = co_await std::move(running);
      std::string text;
      for (const auto& [name, answer] : all.replies)
        text += name + ": " + answer + "; ";
      for (const auto& [name, why] : all.bad)
        text += name + ": " + why.tag() + "; ";
      co_return text;
    });
    CHECK(*t.last == "not done");
    t.sched.advance(50ms);
    CHECK(*t.last == "a: got ?; c: got ?; b: timeout; nobody: noproc; ");
  }

  TEST_CASE("abcast casts to all that there are") {
    asking_node t;
    t.in(t.client, [](probe_state&) {
      abcast(strings{"a", "nobody", "c"}, say{"hello"});
    });
    for (const auto* name : {"a", "c"})
      CHECK(t.heard(t.node.whereis(name)) == strings{"cast hello"});
    CHECK(t.heard(t.node.whereis("b")).empty());
  }

  TEST_CASE("an answer that waits to be taken is a use of its module") {
    asking_node t;
    auto* probes = t.node.code().current("probe");
    REQUIRE(probes != nullptr);
    const auto before = probes->uses.sum();
    // A loop that takes its answer later.
    t.run([](probe_state&) -> task<std::string> {
      const auto asked = send_request("a", ask{"1"});
      const auto m = co_await receive<say>();
      const auto answer = co_await receive_response<ask>(asked);
      co_return *answer;
    });
    CHECK(*t.last == "not done");
    t.node.send(t.client, say{"go on"});
    t.sched.run_until_idle();
    CHECK(*t.last == "got 1");
    CHECK(probes->uses.sum() == before);
  }
}

}  // namespace instar::test
