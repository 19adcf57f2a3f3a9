#include "release_handler/control_server.hpp"

#include "tests/release_handler/fake_node.hpp"
#include "tests/support/result.hpp"

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace instar::release_handler::test {
namespace {

using namespace std::chrono_literals;

api_response echo(const api_request& request, const event_sink& emit) {
  emit({{"event", "phase"}, {"phase", "prepare"}});
  return {200,
          {{"method", request.method},
           {"path", request.path},
           {"body", request.body},
           {"uid", request.uid},
           {"pid", request.pid}}};
}

std::string get(std::string_view path, std::string_view fields = {}) {
  std::string text = "GET ";
  text += path;
  text += " HTTP/1.1\r\nHost: node\r\n";
  text += fields;
  return text + "\r\n";
}

std::string post(std::string_view path, std::string_view body,
                 std::string_view fields = {}) {
  std::string text = "POST ";
  text += path;
  text += " HTTP/1.1\r\nHost: node\r\nContent-Length: " +
          std::to_string(body.size()) + "\r\n";
  text += fields;
  text += "\r\n";
  text += body;
  return text;
}

constexpr const char* lines = "Accept: application/x-ndjson\r\n";
constexpr const char* last = "Connection: close\r\n";

TEST_SUITE("release_handler/control_server") {
  TEST_CASE("a request is answered with the body alone") {
    const fake_node node(echo);
    raw_client client(node.socket());
    REQUIRE(client.send(post("/v1/x", R"({"a": 1})", last)));
    const auto response = client.read_all();
    CHECK(status_of(response) == 200);
    CHECK(response.find("Content-Type: application/json\r\n") !=
          std::string::npos);
    CHECK(body_of(response) ==
          R"({"method":"POST","path":"/v1/x","body":{"a":1},"uid":)" +
              std::to_string(::getuid()) +
              ",\"pid\":" + std::to_string(::getpid()) + "}\n");
  }

  TEST_CASE("a connection serves one request after another") {
    const fake_node node(echo);
    raw_client client(node.socket());
    REQUIRE(client.send(get("/a") + get("/b")));
    CHECK(client.read_until("}\n").find("\"/a\"") != std::string::npos);
    CHECK(client.read_until("}\n").find("\"/b\"") != std::string::npos);
    REQUIRE(client.send(get("/c")));
    CHECK(client.read_until("}\n").find("\"/c\"") != std::string::npos);
  }

  TEST_CASE("an event is sent when it happens and the result is the last") {
    std::promise<void> seen;
    const fake_node node([&](const api_request&, const event_sink& emit) {
      emit({{"event", "phase"}, {"phase", "prepare"}});
      // The answer waits until the client has the event.
      seen.get_future().wait();
      return api_response{200, {{"ok", true}, {"outcome", "installed"}}};
    });
    raw_client client(node.socket());
    REQUIRE(client.send(post("/v1/releases/2/install", "{}", lines)));
    const auto first = client.read_until("}\n\r\n");
    CHECK(status_of(first) == 200);
    CHECK(first.find("Content-Type: application/x-ndjson\r\n") !=
          std::string::npos);
    CHECK(body_of(first) ==
          "24\r\n{\"event\":\"phase\",\"phase\":\"prepare\"}\n\r\n");
    seen.set_value();
    CHECK(client.read_until("0\r\n\r\n") ==
          "33\r\n{\"event\":\"result\",\"ok\":true,\"outcome\":\"installed\"}\n"
          "\r\n0\r\n\r\n");
  }

  TEST_CASE("a stream without events keeps the status of its result") {
    const fake_node node([](const api_request&, const event_sink&) {
      return api_response{404, {{"error", {{"tag", "no_such_release"}}}}};
    });
    raw_client client(node.socket());
    REQUIRE(client.send(post("/v1/releases/2/install", "{}", lines)));
    const auto response = client.read_until("0\r\n\r\n");
    CHECK(status_of(response) == 404);
    CHECK(response.find(
              R"({"event":"result","error":{"tag":"no_such_release"}})") !=
          std::string::npos);
  }

  TEST_CASE("a stream that ends badly says the status in its last line") {
    const fake_node node([](const api_request&, const event_sink& emit) {
      emit({{"event", "phase"}, {"phase", "check"}});
      return api_response{409, {{"error", {{"tag", "not_quiet"}}}}};
    });
    raw_client client(node.socket());
    REQUIRE(client.send(post("/v1/releases/2/install", "{}", lines)));
    const auto response = client.read_until("0\r\n\r\n");
    CHECK(status_of(response) == 200);
    CHECK(
        response.find(
            R"({"event":"result","http_status":409,"error":{"tag":"not_quiet"}})") !=
        std::string::npos);
  }

  TEST_CASE("an exception of the api is an error for its client alone") {
    const fake_node node(
        [](const api_request& request, const event_sink&) -> api_response {
          if (request.path == "/throw")
            throw std::runtime_error("a bug");
          return {200, boost::json::object()};
        });
    raw_client client(node.socket());
    REQUIRE(client.send(get("/throw") + get("/", last)));
    CHECK(client.read_until("}\n").find(
              R"({"error":{"tag":"internal_error","message":"a bug"}})") !=
          std::string::npos);
    CHECK(status_of(client.read_all()) == 200);
  }

  TEST_CASE("what is no HTTP is refused and the connection closed") {
    const fake_node node(echo);
    raw_client client(node.socket());
    REQUIRE(client.send("SET a 1\r\nGET a\r\n\r\n"));
    const auto response = client.read_all();
    CHECK(status_of(response) == 400);
    CHECK(response.find("Connection: close\r\n") != std::string::npos);
    CHECK(response.find(R"({"error":{"tag":"bad_request")") !=
          std::string::npos);
  }

  TEST_CASE("a bad body is refused and the connection kept") {
    const fake_node node(echo);
    raw_client client(node.socket());
    REQUIRE(client.send(post("/", "{")));
    CHECK(status_of(client.read_until("}\n")) == 400);
    REQUIRE(client.send(get("/")));
    CHECK(status_of(client.read_until("}\n")) == 200);
  }

  TEST_CASE("an oversized body is refused before it is read") {
    control_limits limits;
    limits.body_bytes = 100;
    const fake_node node(echo, limits);
    raw_client client(node.socket());
    REQUIRE(client.send("POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n"));
    const auto response = client.read_all();
    CHECK(status_of(response) == 413);
    CHECK(body_of(response) == R"({"error":{"tag":"too_large","message":)"
                               "\"a body has 100 bytes at most\"}}\n");
  }

  TEST_CASE("an oversized chunked body is refused") {
    control_limits limits;
    limits.body_bytes = 100;
    const fake_node node(echo, limits);
    raw_client client(node.socket());
    REQUIRE(
        client.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "80\r\n" +
                    std::string(128, ' ') + "\r\n0\r\n\r\n"));
    CHECK(status_of(client.read_all()) == 413);
  }

  TEST_CASE("an oversized header is refused") {
    control_limits limits;
    limits.header_bytes = 1000;
    const fake_node node(echo, limits);
    raw_client client(node.socket());
    REQUIRE(client.send(get("/", "X: " + std::string(1000, 'x') + "\r\n")));
    CHECK(status_of(client.read_all()) == 431);
  }

  TEST_CASE("half a request is refused when its time is over") {
    control_limits limits;
    limits.read_timeout = 50ms;
    const fake_node node(echo, limits);
    raw_client client(node.socket());
    REQUIRE(client.send("GET / HTTP/1.1\r\n"));
    CHECK(status_of(client.read_all()) == 408);
  }

  TEST_CASE("a silent connection is closed without a word") {
    control_limits limits;
    limits.read_timeout = 50ms;
    const fake_node node(echo, limits);
    raw_client client(node.socket());
    CHECK(client.read_all().empty());
  }

  TEST_CASE("a client that expects 100 continue is told to") {
    const fake_node node(echo);
    raw_client client(node.socket());
    REQUIRE(
        client.send("POST / HTTP/1.1\r\nContent-Length: 2\r\n"
                    "Expect: 100-continue\r\nConnection: close\r\n\r\n"));
    CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    REQUIRE(client.send("{}"));
    CHECK(status_of(client.read_all()) == 200);
  }

  TEST_CASE("a client of HTTP 1.0 gets no stream") {
    const fake_node node(echo);
    raw_client client(node.socket());
    REQUIRE(
        client.send("GET /v1/x HTTP/1.0\r\nAccept: "
                    "application/x-ndjson\r\n\r\n"));
    const auto response = client.read_all();
    CHECK(response.find("Connection: close\r\n") != std::string::npos);
    CHECK(response.find("chunked") == std::string::npos);
    CHECK(body_of(response).starts_with("{\"method\":\"GET\""));
  }

  TEST_CASE("more connections than the limit are refused") {
    control_limits limits;
    limits.connections = 2;
    const fake_node node(echo, limits);
    std::vector<raw_client> served;
    for (int i = 0; i < 2; ++i) {
      served.emplace_back(node.socket());
      REQUIRE(served.back().send(get("/")));
      CHECK(status_of(served.back().read_until("}\n")) == 200);
    }
    CHECK(status_of(raw_client(node.socket()).read_all()) == 503);
    REQUIRE(served[0].send(get("/", last)));
    CHECK(status_of(served[0].read_all()) == 200);
    // Its place is free once its thread has ended, which nobody sees from
    // outside: so ask until it is.
    int status = 503;
    while (status == 503) {
      raw_client another(node.socket());
      another.send(get("/"));
      status = status_of(another.read_until("}\n"));
    }
    CHECK(status == 200);
  }

  TEST_CASE("a vanished client does not stop its operation") {
    std::promise<void> begun;
    std::promise<void> gone;
    std::promise<int> done;
    const fake_node node([&](const api_request&, const event_sink& emit) {
      begun.set_value();
      gone.get_future().wait();
      int events = 0;
      for (; events < 1000; ++events)
        emit({{"event", "log"}, {"text", "on it goes"}});
      done.set_value(events);
      return api_response{200, boost::json::object()};
    });
    {
      raw_client client(node.socket());
      REQUIRE(client.send(post("/v1/releases/2/install", "{}", lines)));
      begun.get_future().wait();
    }
    gone.set_value();
    CHECK(done.get_future().get() == 1000);
  }

  TEST_CASE(
      "a client that does not read holds no operation up and is dropped") {
    control_limits limits;
    limits.waiting_bytes = 10'000;
    limits.write_timeout = 20s;
    std::promise<void> done;
    const std::string text(10'000, 'x');
    const fake_node node(
        [&](const api_request&, const event_sink& emit) {
          // Far more than a socket holds.
          for (int i = 0; i < 1000; ++i)
            emit({{"event", "log"}, {"text", text}});
          done.set_value();
          return api_response{200, boost::json::object()};
        },
        limits);
    raw_client client(node.socket());
    REQUIRE(client.send(post("/v1/releases/2/install", "{}", lines)));
    REQUIRE(done.get_future().wait_for(15s) == std::future_status::ready);
    const auto response = client.read_all();
    CHECK(response.size() > 10'000);
    CHECK(response.size() < 5'000'000);
    CHECK(response.find("\"result\"") == std::string::npos);
  }

  TEST_CASE("a client that reads late gets every event") {
    std::promise<void> done;
    const fake_node node([&](const api_request&, const event_sink& emit) {
      for (int i = 0; i < 1000; ++i)
        emit({{"event", "log"}, {"text", std::string(1000, 'x')}});
      done.set_value();
      return api_response{200, {{"ok", true}}};
    });
    raw_client client(node.socket());
    REQUIRE(client.send(post("/v1/releases/2/install", "{}", lines)));
    done.get_future().wait();
    const auto response = client.read_until("0\r\n\r\n");
    CHECK(response.size() > 1'000'000);
    CHECK(response.ends_with(
        "{\"event\":\"result\",\"ok\":true}\n\r\n0\r\n\r\n"));
  }

  TEST_CASE("two operations run at the same time") {
    std::promise<void> second_is_here;
    const fake_node node([&](const api_request& request, const event_sink&) {
      if (request.path == "/first") {
        second_is_here.get_future().wait();
      } else {
        second_is_here.set_value();
      }
      return api_response{200, {{"path", request.path}}};
    });
    raw_client first(node.socket());
    raw_client second(node.socket());
    REQUIRE(first.send(get("/first", last)));
    REQUIRE(second.send(get("/second", last)));
    CHECK(body_of(first.read_all()) == "{\"path\":\"/first\"}\n");
    CHECK(body_of(second.read_all()) == "{\"path\":\"/second\"}\n");
  }

  TEST_CASE("a stop ends idle connections and removes the socket") {
    fake_node node(echo);
    raw_client client(node.socket());
    REQUIRE(client.send(get("/")));
    CHECK(status_of(client.read_until("}\n")) == 200);
    node.server().stop();
    CHECK(client.read_all().empty());
    CHECK(::access(node.socket().c_str(), F_OK) != 0);
    CHECK_FALSE(control_stream::connect(node.socket(), -1));
    node.server().stop();
  }

  TEST_CASE("a stop still answers the operation in progress") {
    std::promise<void> begun;
    std::promise<void> finish;
    fake_node node([&](const api_request&, const event_sink&) {
      begun.set_value();
      finish.get_future().wait();
      return api_response{200, {{"ok", true}}};
    });
    raw_client client(node.socket());
    REQUIRE(client.send(post("/v1/stop", "{}")));
    begun.get_future().wait();
    auto stopped =
        std::async(std::launch::async, [&] { node.server().stop(); });
    finish.set_value();
    CHECK(body_of(client.read_all()) == "{\"ok\":true}\n");
    stopped.get();
  }

  TEST_CASE("a stop does not wait for a client that reads nothing") {
    control_limits limits;
    limits.write_timeout = 600s;
    limits.stop_grace = 20ms;
    std::promise<void> begun;
    fake_node node(
        [&](const api_request&, const event_sink&) {
          begun.set_value();
          return api_response{200, {{"text", std::string(5'000'000, 'x')}}};
        },
        limits);
    raw_client client(node.socket());
    REQUIRE(client.send(get("/")));
    begun.get_future().wait();
    node.server().stop();
    CHECK(client.read_all().size() < 5'000'000);
  }

  TEST_CASE("only the owner can open the socket") {
    const fake_node node(echo);
    struct stat found {};
    REQUIRE(::stat(node.socket().c_str(), &found) == 0);
    CHECK(S_ISSOCK(found.st_mode));
    CHECK((found.st_mode & 0777U) == 0600U);
  }

  TEST_CASE("a socket file that nobody listens on is replaced") {
    const temporary_folder folder;
    const auto socket = folder.where() / "control.sock";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket.native().copy(address.sun_path, sizeof address.sun_path - 1);
    {
      const unique_fd dead(::socket(AF_UNIX, SOCK_STREAM, 0));
      REQUIRE(::bind(dead.get(), reinterpret_cast<sockaddr*>(&address),
                     sizeof address) == 0);
    }
    REQUIRE(::access(socket.c_str(), F_OK) == 0);
    fake_api api(echo);
    const auto server = control_server::start(socket, api);
    REQUIRE(server);
    raw_client client(socket);
    REQUIRE(client.send(get("/", last)));
    CHECK(status_of(client.read_all()) == 200);
  }

  TEST_CASE("a second node on the same socket is refused") {
    const fake_node node(echo);
    fake_api api(echo);
    const auto second = control_server::start(node.socket(), api);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == boost::system::errc::address_in_use);
    CHECK(second.error().message() ==
          node.socket().native() + ": another node listens there");
    raw_client client(node.socket());
    REQUIRE(client.send(get("/", last)));
    CHECK(status_of(client.read_all()) == 200);
  }

  TEST_CASE("a file that is no socket stays as it is") {
    const temporary_folder folder;
    real_file_system files;
    const auto file = folder.where() / "notes";
    REQUIRE(files.write(file, "mine"));
    fake_api api(echo);
    const auto server = control_server::start(file, api);
    REQUIRE_FALSE(server);
    CHECK(server.error().message() ==
          file.native() + ": is there already and is no socket");
    CHECK(files.read(file, 100).value() == "mine");
  }

  TEST_CASE("a path that no socket can have is refused") {
    const path socket("/tmp/" + std::string(110, 'x'));
    fake_api api(echo);
    const auto server = control_server::start(socket, api);
    REQUIRE_FALSE(server);
    CHECK(server.error().message() ==
          socket.native() + ": a socket's path has 1 to 107 bytes");
  }
}

}  // namespace
}  // namespace instar::release_handler::test
