// Sockets: a client of the test's own against processes of a node.
#include "runtime/net.hpp"

#include "tests/support/real_node.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <latch>
#include <thread>

namespace instar::test {
namespace {

using boost::asio::ip::tcp;

struct echo_state {
  net::socket listener;
  std::int64_t port = 0;
  std::vector<std::string> closed;
};
BOOST_DESCRIBE_STRUCT(echo_state, (), (listener, port, closed))

struct port_of_echo {
  using reply = std::int64_t;
  bool unused = false;
};
BOOST_DESCRIBE_STRUCT(port_of_echo, (), (unused))

/// Serves all its connections itself; a line "bye" has it close.
struct echo : gen_server<echo_state> {
  using messages = instar::messages<port_of_echo, run_plain, net::accepted,
                                    net::data, net::closed>;
  static echo_state init(const value&) {
    const auto made = net::listen({});
    if (!made)
      throw std::runtime_error(made.error().message());
    return {*made, net::port_of(*made), {}};
  }
  static std::int64_t handle_call(echo_state& s, const port_of_echo&,
                                  const from&) {
    return s.port;
  }
  static void handle_call(echo_state&, const run_plain& m, const from& f) {
    probe_state scratch;
    plain_of(m.function)(scratch, f);
    reply(f, std::string("done"));
  }
  static void handle_info(echo_state&, const net::accepted& m) {
    (void)net::controlling_process(m.connection, self());
    net::active_once(m.connection);
  }
  static void handle_info(echo_state&, const net::data& m) {
    const bool says_bye = m.bytes == "bye\n";
    (void)net::send(m.from, m.bytes);
    if (says_bye) {
      net::close(m.from);
    } else {
      net::active_once(m.from);
    }
  }
  static void handle_info(echo_state& s, const net::closed& m) {
    s.closed.push_back(m.reason);
  }
};
constinit const module_descriptor echo_module =
    detail::make_descriptor<echo>("echo", "1.0.0", false);

class client {
public:
  client(real_node& t, pid server) : socket_(io_) {
    const auto port = t.node.call<std::int64_t>(server, port_of_echo{}, 1min);
    REQUIRE(port);
    socket_.connect({boost::asio::ip::make_address("127.0.0.1"),
                     static_cast<std::uint16_t>(*port)});
  }
  void send(const std::string& bytes) {
    boost::asio::write(socket_, boost::asio::buffer(bytes));
  }
  std::string receive(std::size_t count) {
    std::string bytes(count, ' ');
    boost::asio::read(socket_, boost::asio::buffer(bytes));
    return bytes;
  }
  bool is_closed() {
    char one = 0;
    boost::system::error_code error;
    return socket_.read_some(boost::asio::buffer(&one, 1), error) == 0 &&
           static_cast<bool>(error);
  }
  void close() { socket_.close(); }

private:
  boost::asio::io_context io_;
  tcp::socket socket_;
};

}  // namespace

TEST_SUITE("runtime/net") {
  TEST_CASE("what a client sends comes back in order and whole") {
    real_node t(2);
    t.load(echo_module);
    const auto server = t.start("echo");
    client one(t, server);
    one.send("hello\n");
    CHECK(one.receive(6) == "hello\n");
    std::string much;
    for (int i = 0; much.size() < 3'000'000; ++i)
      much += std::to_string(i) + "\n";
    std::thread writer([&] { one.send(much); });
    const auto back = one.receive(much.size());
    writer.join();
    CHECK(back == much);
  }

  TEST_CASE("sockets are served while handlers block every worker") {
    real_node t(2);
    t.load(echo_module);
    const auto server = t.start("echo");
    client one(t, server);
    one.send("a\n");
    CHECK(one.receive(2) == "a\n");
    std::latch blocked(2);
    std::latch release(1);
    for (int i = 0; i < 2; ++i) {
      t.run_in(t.start_probe(), [&](probe_state&, const from&) {
        blocked.count_down();
        release.wait();
      });
    }
    blocked.wait();
    for (int i = 0; i < 50; ++i) {
      one.send("b\n");
      CHECK(one.receive(2) == "b\n");
    }
    client two(t, server);
    two.send("c\n");
    CHECK(two.receive(2) == "c\n");
    release.count_down();
  }

  TEST_CASE("a connection that its process closes is flushed first") {
    real_node t(2);
    t.load(echo_module);
    client one(t, t.start("echo"));
    one.send("bye\n");
    CHECK(one.receive(4) == "bye\n");
    CHECK(one.is_closed());
  }

  TEST_CASE("a process hears that its client has gone") {
    real_node t(2);
    t.load(echo_module);
    const auto server = t.start("echo");
    {
      client one(t, server);
      one.send("a\n");
      CHECK(one.receive(2) == "a\n");
      one.close();
    }
    // Told by a message; asked until it is there.
    for (;;) {
      const auto state = sys::get_state(t.node, server, 1min);
      REQUIRE(state);
      const auto& closed = state->at("closed").as_array();
      if (!closed.empty()) {
        CHECK(closed[0] == "closed");
        break;
      }
      std::this_thread::yield();
    }
    CHECK(t.sockets.connection_count() == 0);
  }

  TEST_CASE("the sockets of a process that ends are closed") {
    real_node t(2);
    t.load(echo_module);
    const auto server = t.start("echo");
    client one(t, server);
    one.send("a\n");
    CHECK(one.receive(2) == "a\n");
    t.node.send_exit({}, server, exit_reason::kill());
    CHECK(one.is_closed());
  }

  TEST_CASE("a connection given to another process is served by that one") {
    real_node t(2);
    t.load(echo_module);
    const auto first = t.start("echo");
    const auto second = t.start("echo");
    client one(t, first);
    one.send("a\n");
    CHECK(one.receive(2) == "a\n");
    t.node.send_exit({}, t.start_probe(), exit_reason::kill());
    // Its connection is the only one that is no listener.
    const auto give =
        add_function(plain_function([&](probe_state&, const from&) {
          for (std::uint64_t id = 1; id < 10; ++id) {
            if (net::port_of({id}) == 0)
              (void)net::controlling_process({id}, second);
          }
        }));
    REQUIRE(t.node.call<std::string>(first, run_plain{give}, 1min));
    t.node.send_exit({}, first, exit_reason::kill());
    one.send("b\n");
    CHECK(one.receive(2) == "b\n");
  }

  TEST_CASE("many clients come and go while the listener changes hands") {
    real_node t(3);
    t.load(echo_module);
    const auto server = t.start("echo");
    std::atomic<bool> is_over{false};
    std::thread giver([&] {
      const auto give =
          add_function(plain_function([](probe_state&, const from&) {
            (void)net::controlling_process({1}, self());
          }));
      while (!is_over)
        (void)t.node.call<std::string>(server, run_plain{give}, 1min);
    });
    std::vector<std::thread> clients;
    std::atomic<int> served{0};
    for (int i = 0; i < 3; ++i) {
      clients.emplace_back([&] {
        for (int k = 0; k < 40; ++k) {
          client one(t, server);
          one.send("x\n");
          if (one.receive(2) == "x\n")
            ++served;
        }
      });
    }
    for (auto& one : clients)
      one.join();
    is_over = true;
    giver.join();
    CHECK(served == 120);
  }

  TEST_CASE("an address that is none and a port that is taken are refused") {
    real_node t(1);
    t.load(echo_module);
    const auto server = t.start("echo");
    const auto port = t.node.call<std::int64_t>(server, port_of_echo{}, 1min);
    REQUIRE(port);
    std::latch done(1);
    std::string bad;
    std::string taken;
    t.run_in(t.start_probe(), [&](probe_state&, const from&) {
      net::listen_options options;
      options.address = "nowhere";
      const auto first = net::listen(options);
      bad = first ? "" : first.error().context;
      options.address = "127.0.0.1";
      options.port = static_cast<std::uint16_t>(*port);
      const auto second = net::listen(options);
      taken = second ? "" : second.error().context;
      done.count_down();
    });
    done.wait();
    CHECK(bad == "\"nowhere\" is no address");
    CHECK(taken.find("listen on 127.0.0.1:" + std::to_string(*port)) == 0);
  }
}

}  // namespace instar::test
