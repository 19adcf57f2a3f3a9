// Installing as an operator sees it: progress, summary, exit codes, Ctrl-C.
#include "tests/cli/operator.hpp"

#include <doctest/doctest.h>

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <future>

namespace instar::cli::test {
namespace {

constexpr const char* check_event =
    R"({"event": "phase", "phase": "check", "batch": 0, "of": 1, "at_us": 0})";
constexpr const char* suspend_event =
    R"({"event": "phase", "phase": "suspend", "batch": 1, "of": 1,
        "at_us": 2500})";
constexpr const char* installed = R"({
    "ok": true, "from": "1.0", "to": "1.1", "outcome": "installed",
    "batches": 1, "processes": 66, "by_module": {"kv_conn": 50, "kv_shard": 16},
    "pause_us": 412, "phases": {"suspend": 80, "convert": 3100}})";
constexpr const char* undone = R"({
    "ok": false, "from": "1.1", "to": "1.2", "outcome": "undone", "batches": 1,
    "processes": 0, "by_module": {}, "pause_us": 0, "phases": {},
    "error": {"tag": "code_change_failed",
              "message": "kv_shard 0.9.1: no room"}})";

TEST_SUITE("cli/install") {
  TEST_CASE("an installation ends with a summary") {
    scripted_node node;
    node.on("POST /v1/releases/1.1/install", installed, 200,
            {check_event, suspend_event});
    node.on("GET /v1/status", R"({"vsn": "1.1", "permanent": "1.0"})");
    const auto done = node.ask({"release", "install", "1.1"});
    CHECK(done.exit_code == 0);
    CHECK(done.out ==
          "1.0 -> 1.1: installed\n"
          "  processes  66 in 1 batch: kv_conn 50, kv_shard 16\n"
          "  pause      412 us\n"
          "  phases     suspend 80 us, convert 3.1 ms\n"
          "a restart would start 1.0, until `instar release commit 1.1`\n");
    CHECK(done.err ==
          "    0.0 ms  check\n"
          "    2.5 ms  suspend\n");
  }

  TEST_CASE("an installation that is undone says why") {
    scripted_node node;
    node.on("POST /v1/releases/1.2/install", undone, 409, {check_event});
    node.on("GET /v1/status", R"({"vsn": "1.1", "permanent": "1.0"})");
    const auto done = node.ask({"release", "install", "1.2"});
    CHECK(done.exit_code == 4);
    CHECK(done.out ==
          "1.1 -> 1.2: undone in place; 1.1 runs on with all its state\n"
          "  processes  0 in 1 batch\n"
          "  pause      0 us\n");
    CHECK(done.err ==
          "    0.0 ms  check\n"
          "error[code_change_failed]: kv_shard 0.9.1: no room\n");
  }

  TEST_CASE("each outcome has its exit code") {
    const std::vector<std::pair<std::string, int>> codes{
        {"installed", 0},   {"restarted", 0}, {"refused", 3}, {"undone", 4},
        {"rolled_back", 4}, {"fell_back", 5}, {"degraded", 1}};
    scripted_node node;
    for (const auto& [outcome, code] : codes) {
      CAPTURE(outcome);
      const auto body =
          "{\"ok\": " + std::string(code == 0 ? "true" : "false") +
          ", \"from\": \"1\", \"to\": \"2\", \"outcome\": \"" + outcome + "\"}";
      node.on("POST /v1/releases/2/install", body, code == 0 ? 200 : 409);
      CHECK(node.ask({"release", "install", "2"}).exit_code == code);
      CHECK(node.ask({"release", "install", "2", "--json"}).exit_code == code);
      CHECK(node.ask({"release", "install", "2", "--events"}).exit_code ==
            code);
    }
  }

  TEST_CASE("a release that is not there is refused") {
    scripted_node node;
    node.on("POST /v1/releases/9/install",
            R"({"error": {"tag": "no_such_release", "message": "no 9"}})", 404);
    const auto done = node.ask({"release", "install", "9"});
    CHECK(done.exit_code == 3);
    CHECK(done.out == "");
    CHECK(done.err == "error[no_such_release]: no 9\n");
  }

  TEST_CASE("with --json the report is one line and progress stays on stderr") {
    scripted_node node;
    node.on("POST /v1/releases/1.2/install", undone, 409, {check_event});
    const auto done = node.ask({"release", "install", "1.2", "--json"});
    CHECK(done.exit_code == 4);
    CHECK(done.out ==
          R"({"ok":false,"from":"1.1","to":"1.2","outcome":"undone",)"
          R"("batches":1,"processes":0,"by_module":{},"pause_us":0,)"
          R"("phases":{},"error":{"tag":"code_change_failed",)"
          "\"message\":\"kv_shard 0.9.1: no room\"}}\n");
    CHECK(done.err == "    0.0 ms  check\n");
    CHECK(node.ask({"release", "install", "1.2", "--json", "-q"}).err == "");
  }

  TEST_CASE("with --events each event is a line and the result the last") {
    scripted_node node;
    node.on("POST /v1/releases/2/install",
            R"({"error": {"tag": "install_in_progress", "message": "by ann"}})",
            409, {check_event});
    const auto done = node.ask({"release", "install", "2", "--events"});
    CHECK(done.exit_code == 3);
    CHECK(done.err == "");
    CHECK(done.out ==
          R"({"event":"phase","phase":"check","batch":0,"of":1,"at_us":0})"
          "\n"
          R"({"event":"result","ok":false,"error":)"
          R"({"tag":"install_in_progress","message":"by ann"}})"
          "\n");
  }

  TEST_CASE("a check shows the plan") {
    scripted_node node;
    node.on("POST /v1/releases/2/check", R"({
        "ok": true, "from": "1", "to": "2", "processes": {"shard": 16},
        "before": [{"effect": "apply m:f", "undo": "exact"}],
        "steps": [
          {"batch": [
            {"module": "shard", "load": "kv-2", "suspend": true,
             "code_change": true, "extra": null},
            {"module": "gone", "remove": true, "suspend": false,
             "code_change": false}]},
          {"effect": "stop kv_sup", "undo": "lossy"}]})");
    const std::string plan =
        "1 -> 2: can be installed\n"
        "STEP    WHAT           MODULE  CODE  PROCESSES  UNDO\n"
        "before  apply m:f      -       -             -  exact\n"
        "1       load, convert  shard   kv-2         16  exact\n"
        "1       remove         gone    -             -  exact\n"
        "2       stop kv_sup    -       -             -  lossy\n";
    CHECK(node.ask({"release", "check", "2"}).out == plan);
  }

  TEST_CASE("a rollback that was asked for is done") {
    scripted_node node;
    node.on("POST /v1/rollback", R"({"ok": true, "from": "1.1", "to": "1.0",
        "outcome": "rolled_back"})");
    node.on("GET /v1/status", R"({"vsn": "1.0", "permanent": "1.0"})");
    const auto done = node.ask({"release", "rollback"});
    CHECK(done.exit_code == 0);
    CHECK(done.out.ends_with("a restart would start 1.0\n"));
  }

  TEST_CASE("after Ctrl-C the installation goes on") {
    std::promise<void> finish;
    std::promise<void> finished_here;
    release_handler::test::fake_node node(
        [&](const release_handler::api_request&,
            const release_handler::event_sink& emit) {
          emit({{"event", "phase"}, {"phase", "suspend"}});
          finish.get_future().wait();
          emit({{"event", "phase"}, {"phase", "resume"}});
          finished_here.set_value();
          return release_handler::api_response{200, {{"ok", true}}};
        });
    process command(program(), {"release", "install", "2", "--events", "--node",
                                node.socket().string()});
    command.read_until("\"suspend\"}\n");
    command.send_signal(SIGINT);
    const auto done = command.wait();
    CHECK(done.exit_code == 7);
    CHECK(done.out.find("\"interrupted\"") != std::string::npos);
    finish.set_value();
    finished_here.get_future().wait();
  }

  TEST_CASE("a node that goes away in the middle is exit code 7") {
    const release_handler::test::temporary_folder folder;
    const auto socket = folder.where() / "control.sock";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket.native().copy(address.sun_path, sizeof address.sun_path - 1);
    const release_handler::unique_fd listener(
        ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address),
                   sizeof address) == 0);
    REQUIRE(::listen(listener.get(), 1) == 0);
    process command(program(), {"release", "install", "2", "-q", "--node",
                                socket.string()});
    {
      const release_handler::unique_fd node(
          ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      std::array<char, 4096> request{};
      REQUIRE(::recv(node.get(), request.data(), request.size(), 0) > 0);
      const std::string_view half =
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
          "26\r\n{\"event\"";
      REQUIRE(::send(node.get(), half.data(), half.size(), 0) ==
              static_cast<ssize_t>(half.size()));
    }
    const auto done = command.wait();
    CHECK(done.exit_code == 7);
    CHECK(done.err == "error[lost_connection]: " + socket.string() +
                          ": the connection to the node was lost; `instar "
                          "release history` will have the outcome\n");
  }
}

}  // namespace
}  // namespace instar::cli::test
