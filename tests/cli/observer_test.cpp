// instar observer in a terminal, with a node that answers what the test says, and
// with a real one.
#include "tests/cli/operator.hpp"
#include "tests/cli/pseudo_terminal.hpp"
#include "tests/release_handler/support.hpp"

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <string>

namespace instar::cli::test {
namespace {

namespace fs = boost::filesystem;

constexpr std::string_view leave_screen = "\x1b[?1049l";

// A window of another size is drawn anew, whole: then what is on it can be looked
// for in what was written.
std::string screen(pseudo_terminal& terminal) {
  static unsigned short columns = 100;
  columns = columns == 100 ? 110 : 100;
  terminal.resize(columns, 30);
  terminal.read_until("\x1b[H\x1b[2J");
  return terminal.read_until("q quit");
}

// Until this is on the screen.
void see(pseudo_terminal& terminal, std::string_view text) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (auto now = screen(terminal); now.find(text) == std::string::npos;
       now = screen(terminal)) {
    INFO("looks for " << text << " on " << now);
    REQUIRE(std::chrono::steady_clock::now() < end);
  }
}

void check_restored(const pseudo_terminal& terminal) {
  CHECK(terminal.is_as_before());
  CHECK(terminal.rest().find(leave_screen) != std::string::npos);
  CHECK(terminal.rest().find("\x1b[?25h") != std::string::npos);
}

void answer_all(scripted_node& node) {
  node.on("GET /v1/status", R"({"release": "kvd", "vsn": "1.0",
      "status": "permanent", "permanent": "1.0", "uptime_ms": 61000,
      "processes": 3, "connections": 0, "crashes": 0, "upgrade": null})");
  node.on("GET /v1/events", R"({"ok": true})");
  node.on("GET /v1/tree", R"({"applications": [{"name": "kv_app", "vsn": "1.0",
      "running": true, "top": null}]})");
  node.on("GET /v1/processes", R"({"matching": 1, "total": 3, "processes": [
      {"pid": "0.7.1", "name": "a\u001b]0;evil\u0007b\u009bc\u202ed", "status":
       "running", "mailbox": 5}]})");
  node.on("GET /v1/schedulers", R"({"wanted": 1, "run_queue": 4,
      "shared_queue": 3, "workers": [{"worker": 1, "activity": "busy",
      "running": "0.7.1", "turns": 10, "run_queue": 1, "cpu_us": 500000,
      "age_us": 1000000}]})");
  node.on("GET /v1/history", R"({"history": [{"at": "noon", "by": "bob",
      "operation": "install", "from": "0.9", "to": "1.0", "outcome":
      "installed"}]})");
}

}  // namespace

TEST_SUITE("cli/observer") {
  TEST_CASE("without a terminal it says so and with once it prints a view") {
    scripted_node node;
    answer_all(node);
    const auto refused = node.ask({"observer"});
    CHECK(refused.exit_code == 2);
    CHECK(refused.err ==
          "error[not_a_terminal]: the observer needs a terminal; --once prints "
          "one view without\n");
    CHECK(refused.out == "");
    const auto once = node.ask({"observer", "--once", "--view", "schedulers"});
    CHECK(once.exit_code == 0);
    CHECK(once.err == "");
    CHECK(once.out ==
          "instar observer  kvd 1.0 (permanent)  " + node.socket().string() +
              "\n"
              "up 0:01:01  3 processes  0 connections  0 crashes\n"
              " 1 tree   2 processes  [3 schedulers]  4 upgrades  \n"
              "1 workers, 0 of them spare; 4 processes wait to run, 3 of them "
              "for any worker\n"
              "WORKER  ACTIVITY  PROCESSOR                     TURNS/S  RUN "
              "QUEUE  RUNS\n"
              "     1  busy       50 % [##########          ]       10"
              "          1  0.7.1\n");
    CHECK(node.ask({"observer", "--json", "--view", "processes"})
              .out.starts_with(R"({"ok":true,"status":{"release":"kvd",)"));
    CHECK(node.ask({"observer", "--view", "trees"}).exit_code == 2);
    CHECK(instar({"--node", "/nowhere", "observer", "--once"}).exit_code == 6);
  }

  TEST_CASE("a terminal of an unknown kind is refused") {
    pseudo_terminal terminal({"--node", "/nowhere", "observer"},
                             {"TERM=none-such"});
    CHECK(terminal.wait() == 2);
    CHECK(terminal.rest().find("does not know the terminal \"none-such\"") !=
          std::string::npos);
    CHECK(terminal.is_as_before());
  }

  TEST_CASE("no name reaches the terminal as something to obey") {
    scripted_node node;
    answer_all(node);
    pseudo_terminal terminal(
        {"--node", node.socket().string(), "observer", "--view", "processes"});
    const auto shown = terminal.read_until("a?]0;evil?b?c?d");
    CHECK(shown.find("]0;evil\x07") == std::string::npos);
    CHECK(shown.find("\xc2\x9b") == std::string::npos);
    CHECK(shown.find("\xe2\x80\xae") == std::string::npos);
    terminal.type("q");
    CHECK(terminal.wait() == 0);
    check_restored(terminal);
  }

  TEST_CASE("a signal gives the terminal back as it was") {
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
      CAPTURE(number);
      scripted_node node;
      answer_all(node);
      pseudo_terminal terminal({"--node", node.socket().string(), "observer"});
      terminal.read_until("kv_app");
      CHECK_FALSE(terminal.is_as_before());
      terminal.send_signal(number);
      CHECK(terminal.wait() == 0);
      check_restored(terminal);
    }
  }

  TEST_CASE("a window that is too small says so until it is larger") {
    scripted_node node;
    answer_all(node);
    pseudo_terminal terminal({"--node", node.socket().string(), "observer"});
    terminal.read_until("kv_app");
    terminal.resize(30, 5);
    terminal.read_until("too small: 40 x 10 are nee");
    terminal.resize(60, 12);
    terminal.read_until("kv_app");
    terminal.type("\x03");
    CHECK(terminal.wait() == 0);
    check_restored(terminal);
  }

#ifdef INSTAR_EXAMPLES_FOLDER
  TEST_CASE("a real node is looked at and lost and found again") {
    const path built = path(INSTAR_EXAMPLES_FOLDER) / "counter";
    const release_handler::test::temporary_folder folder;
    const auto root = folder.where() / "node";
    const auto copy = [](const path& from, const path& to) {
      fs::create_directories(to.parent_path());
      fs::copy(from, to, fs::copy_options::recursive);
    };
    copy(built / "lib/counter-1.0.0", root / "lib/counter-1.0.0");
    copy(built / "releases/1.0.0", root / "releases/1.0.0");
    const auto socket = (root / "run/control.sock").string();
    const auto ask = [&](std::vector<std::string> arguments) {
      arguments.insert(arguments.begin(), {"--node", socket});
      return instar(arguments);
    };
    pseudo_terminal terminal(
        {"--node", socket, "observer", "--interval", "100ms"});
    terminal.read_until("LOST  no node answers at " + socket);

    {
      process node(program(), {"run", root.string()});
      see(terminal, "counterd 1.0.0 (permanent)");
      see(terminal, "counter_sup");
      terminal.type("2");
      see(terminal, "2 of 2 processes, by mailbox");
      terminal.type("r");
      terminal.type("s");
      terminal.type("/count?r\n");
      see(terminal, "1 of 2 processes, by pid, reversed, named count?r");
      see(terminal, "gen_server");
      terminal.type("\t");
      see(terminal, "PROCESSOR");
      terminal.type("?");
      see(terminal, "Shift-Tab");
      terminal.type("4");
      see(terminal, "none since the observer began");
      copy(built / "lib/counter-1.1.0", root / "lib/counter-1.1.0");
      copy(built / "releases/1.1.0", root / "releases/1.1.0");
      REQUIRE(ask({"release", "set-unpacked", "1.1.0"}).exit_code == 0);
      REQUIRE(ask({"release", "install", "1.1.0"}).exit_code == 0);
      // Phases, the end, and then the history has it.
      see(terminal, "install of 1.1.0: installed");
      see(terminal, "HISTORY, the newest first");
      REQUIRE(ask({"stop"}).exit_code == 0);
      CHECK(node.wait().exit_code == 0);
    }
    see(terminal, "LOST  no node answers at");
    {
      process node(program(), {"run", root.string()});
      see(terminal, "up 0:00:0");
      terminal.type("q");
      CHECK(terminal.wait() == 0);
      check_restored(terminal);
    }
  }
#endif
}

}  // namespace instar::cli::test
