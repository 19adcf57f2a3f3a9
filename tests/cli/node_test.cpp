// The command and a node: requests, tables, errors, exit codes.
#include "tests/cli/operator.hpp"
#include "tests/release_handler/support.hpp"

#include <doctest/doctest.h>

#include <signal.h>

#include <future>
#include <thread>

namespace instar::cli::test {
namespace {

using release_handler::test::temporary_folder;
using requests = std::vector<std::string>;

TEST_SUITE("cli/node") {
  TEST_CASE("releases are a table") {
    scripted_node node;
    node.on("GET /v1/releases", R"({"releases": [
        {"name": "kv", "vsn": "1.0", "status": "permanent", "libs": ["kv-1.0"]},
        {"name": "kv", "vsn": "1.1", "status": "current",
         "libs": ["kv-1.1", "tools-2"]}]})");
    const auto done = node.ask({"release", "list"});
    CHECK(done.exit_code == 0);
    CHECK(done.err == "");
    CHECK(done.out ==
          "NAME  VSN  STATUS     APPLICATIONS\n"
          "kv    1.0  permanent  kv-1.0\n"
          "kv    1.1  current    kv-1.1, tools-2\n");
  }

  TEST_CASE("with --json the answer is one line and unchanged") {
    scripted_node node;
    node.on("GET /v1/status", R"({"release": "kv", "upgrade": null})");
    const std::string line = "{\"release\":\"kv\",\"upgrade\":null}\n";
    CHECK(node.ask({"status", "--json"}).out == line);
    CHECK(node.ask({"--json", "status"}).out == line);
  }

  TEST_CASE("the socket is an option or in the environment") {
    scripted_node node;
    node.on("GET /v1/releases", R"({"releases": []})");
    const auto socket = node.socket().string();
    CHECK(instar({"release", "list", "--node", socket}).exit_code == 0);
    CHECK(instar({"release", "--node", socket, "list"}).exit_code == 0);
    CHECK(instar({"release", "list"}, {"INSTAR_NODE=" + socket}).exit_code ==
          0);
    CHECK(instar({"release", "list", "--node", "/nowhere"},
                 {"INSTAR_NODE=" + socket})
              .exit_code == 6);
  }

  TEST_CASE("no node is exit code 6") {
    const auto done = instar({"status", "--node", "/nowhere/control.sock"});
    CHECK(done.exit_code == 6);
    CHECK(done.out == "");
    CHECK(done.err ==
          "error[no_node]: no node answers at /nowhere/control.sock: No such "
          "file or directory\n");
    CHECK(instar({"status", "--json", "--node", "/nowhere/control.sock"}).out ==
          R"({"ok":false,"error":{"tag":"no_node","message":)"
          "\"no node answers at /nowhere/control.sock: No such file or "
          "directory\"}}\n");
  }

  TEST_CASE("the status is readable") {
    scripted_node node;
    node.on("GET /v1/status", R"({
        "release": "kv", "vsn": "1.1", "status": "current", "permanent": "1.0",
        "runtime": "0.1.0", "uptime_ms": 3723000, "processes": 66,
        "connections": 50, "pid": 4711,
        "upgrade": {"operation": "install of 1.2", "by": "ann",
                    "since": "2026-11-21T06:00:00Z"},
        "applications": [{"name": "kv", "vsn": "1.1", "running": true}]})");
    CHECK(node.ask({"status"}).out ==
          "release      kv 1.1 (current)\n"
          "permanent    1.0\n"
          "upgrade      install of 1.2, by ann since 2026-11-21T06:00:00Z\n"
          "runtime      0.1.0\n"
          "pid          4711\n"
          "uptime       1:02:03\n"
          "processes    66\n"
          "connections  50\n"
          "\n"
          "APPLICATION  VSN  RUNNING\n"
          "kv           1.1  yes\n");
  }

  TEST_CASE("the tree is drawn with the characters that the locale has") {
    scripted_node node;
    node.on("GET /v1/tree", R"({"applications": [
        {"name": "kv", "vsn": "1.0", "running": true, "top":
          {"id": "kv", "pid": "0.1.1", "name": "kv_sup", "type": "supervisor",
           "module": "kv_sup", "vsn": "1.0", "status": "running", "mailbox": 0,
           "children": [
             {"id": "shards", "pid": "0.2.1", "type": "supervisor",
              "status": "running", "mailbox": 0, "left_out": 7, "children": [
                {"id": "s1", "pid": "0.3.1", "name": "shard_1", "type":
                 "worker", "module": "kv_shard", "vsn": "1.1", "status":
                 "running", "mailbox": 12}]},
             {"id": "listener", "pid": null, "type": "worker",
              "status": "restarting"}]}},
        {"name": "tools", "vsn": "2", "running": false, "top": null}]})");
    CHECK(node.ask({"tree"}).out ==
          "TREE                 NAME     PID    TYPE        MODULE    V"
          "SN  STATUS      MAILBOX\n"
          "kv                   -        -      -           -         1"
          ".0  running           -\n"
          "`- kv                kv_sup   0.1.1  supervisor  kv_sup    1"
          ".0  running           0\n"
          "   |- shards         -        0.2.1  supervisor  -         -"
          "    running           0\n"
          "   |  |- s1          shard_1  0.3.1  worker      kv_shard  1"
          ".1  running          12\n"
          "   |  `- ... 7 more  -        -      -           -         -"
          "    -                 -\n"
          "   `- listener       -        -      worker      -         -"
          "    restarting        -\n"
          "tools                -        -      -           -         2"
          "    stopped           -\n");
    const auto utf8 =
        instar({"tree", "--node", node.socket().string()}, {"LC_ALL=C.UTF-8"});
    CHECK(utf8.out.find("   │  ├─ s1") != std::string::npos);
  }

  TEST_CASE("processes and modules are tables") {
    scripted_node node;
    node.on("GET /v1/processes", R"({"processes": [
        {"pid": "0.1.1", "name": "counter", "behaviour": "gen_server", "module":
         "counter", "vsn": "1.0", "status": "running", "mailbox": 3,
         "waiting_for": null}]})");
    CHECK(node.ask({"ps"}).out ==
          "PID    NAME     BEHAVIOUR   MODULE   VSN  STATUS   MAILBOX\n"
          "0.1.1  counter  gen_server  counter  1.0  running        3\n");
    node.on("GET /v1/code", R"({"modules": [
        {"module": "kv_shard", "current": "1.1", "old": "1.0", "processes": 16,
         "old_processes": 0}]})");
    CHECK(node.ask({"code", "list"}).out ==
          "MODULE    CURRENT  PROCESSES  OLD  OLD PROCESSES\n"
          "kv_shard  1.1             16  1.0              0\n");
  }

  TEST_CASE("what of the processes is wanted is asked of the node") {
    std::vector<std::string> asked;
    const release_handler::test::fake_node node(
        [&](const release_handler::api_request& request,
            const release_handler::event_sink&) {
          std::string line = request.path;
          for (const auto& [key, text] : request.query)
            line += ' ' + key + '=' + text;
          asked.push_back(line);
          return release_handler::api_response{
              200, boost::json::object{{"processes", {{{"pid", "0.1.1"}}}},
                                       {"matching", 2},
                                       {"total", 5}}};
        });
    const auto ask = [&](std::vector<std::string> arguments) {
      arguments.insert(arguments.begin(), {"--node", node.socket().string()});
      return instar(arguments);
    };
    const auto some =
        ask({"ps", "--sort", "mailbox", "--reverse", "--module", "kv", "--name",
             "a b&*", "--behaviour", "gen_server", "--status", "suspended",
             "--min-mailbox", "7", "--limit", "1"});
    CHECK(some.exit_code == 0);
    CHECK(some.out == "PID\n0.1.1\n");
    CHECK(some.err == "1 of 2 processes are shown; see --limit\n");
    CHECK(ask({"ps", "-q", "-r", "-m", "kv", "-n", "1"}).err == "");
    CHECK(ask({"tree", "--children", "9"}).exit_code == 0);
    CHECK(asked ==
          std::vector<std::string>{
              "/v1/processes behaviour=gen_server limit=1 min_mailbox=7 "
              "module=kv name=a b&* reverse=true sort=mailbox status=suspended",
              "/v1/processes limit=1 module=kv reverse=true",
              "/v1/tree children=9"});
    CHECK(ask({"ps", "--sort", "size"}).exit_code == 2);
    CHECK(ask({"ps", "--status", "asleep"}).exit_code == 2);
    CHECK(ask({"ps", "--limit", "0"}).exit_code == 2);
    CHECK(ask({"tree", "--children", "none"}).exit_code == 2);
  }

  TEST_CASE("blockers are named or nobody is") {
    scripted_node node;
    node.on("GET /v1/blockers", R"({"not_quiet": [], "old_code": []})");
    CHECK(node.ask({"blockers"}).out == "nobody is in the way of an upgrade\n");
    node.on("GET /v1/blockers", R"({
        "not_quiet": [{"pid": "0.4.1", "name": "kv_shard_1", "module": "kv",
                       "handler": "kv.get", "for_ms": 1200,
                       "waiting_for": "0.5.1"}],
        "zombies": [{"pid": "0.8.1", "name": "kv_shard_2", "module": "kv",
                     "vsn": "1.0", "handler": "kv.put", "for_ms": 60000}],
        "old_code": [{"module": "kv", "vsn": "1.0", "pid": "0.9.2"}]})");
    CHECK(node.ask({"blockers"}).out ==
          "Not quiet, so an upgrade of their modules has to wait:\n"
          "PID    NAME        MODULE  HANDLER  FOR MS  WAITING FOR\n"
          "0.4.1  kv_shard_1  kv      kv.get     1200  0.5.1\n"
          "\n"
          "Killed inside a callback that has not returned; their thread, state "
          "and code are kept:\n"
          "PID    NAME        MODULE  VSN  HANDLER  FOR MS\n"
          "0.8.1  kv_shard_2  kv      1.0  kv.put    60000\n"
          "\n"
          "Still in old code, which cannot be purged:\n"
          "MODULE  VSN  PID\n"
          "kv      1.0  0.9.2\n");
  }

  TEST_CASE("the history says how each went") {
    scripted_node node;
    node.on("GET /v1/history", R"({"history": [
        {"at": "2026-11-21T06:00:00Z", "by": "ann", "operation": "install",
         "from": "1.0", "to": "1.1", "outcome": "installed", "processes": 66,
         "pause_us": 412},
        {"at": "2026-11-21T06:01:00Z", "by": "ann", "operation": "install",
         "from": "1.1", "to": "1.2", "outcome": "undone", "processes": 0,
         "pause_us": 0, "error": {"tag": "code_change_failed"}}]})");
    CHECK(node.ask({"release", "history"}).out ==
          "AT                    BY   OPERATION  FROM  TO   OUTCOME    "
          "PROCESSES  PAUSE   ERROR\n"
          "2026-11-21T06:00:00Z  ann  install    1.0   1.1  installed  "
          "       66  412 us  -\n"
          "2026-11-21T06:01:00Z  ann  install    1.1   1.2  undone     "
          "        0  0 us    code_change_failed\n");
  }

  TEST_CASE("the history says which effects a crash left") {
    scripted_node node;
    node.on("GET /v1/history", R"({"history": [
        {"at": "2026-11-21T06:00:00Z", "by": "ann", "operation": "install",
         "from": "1.0", "to": "1.1", "outcome": "interrupted",
         "effects_not_undone": [
           {"effect": "db:migrate[]", "done": true, "undo": "db:restore[]"},
           {"effect": "db:note[]", "done": false}],
         "effects_ended": [
           {"effect": "stop child ann of team_sup", "done": true,
            "undo": "start child ann of team_sup"}]}]})");
    CHECK(
        node.ask({"release", "history"})
            .out.ends_with(
                "2026-11-21T06:00:00Z  install to 1.1, not undone: db:migrate[] (done; "
                "undo: db:restore[])\n"
                "2026-11-21T06:00:00Z  install to 1.1, not undone: db:note[] (begun; "
                "it has no undo)\n"
                "2026-11-21T06:00:00Z  install to 1.1, ended with the node: "
                "stop child ann of team_sup (done)\n"));
  }

  TEST_CASE("releases change their status without being run") {
    scripted_node node;
    for (const auto* verb : {"set-unpacked", "set-removed", "reboot"})
      node.on(std::string("POST /v1/releases/1.0/") + verb, R"({"ok": true})");
    CHECK(node.ask({"release", "set-unpacked", "1.0"}).out ==
          "1.0 is unpacked\n");
    CHECK(node.ask({"release", "set-removed", "1.0"}).out ==
          "1.0 is forgotten\n");
    CHECK(node.ask({"release", "reboot", "1.0"}).out ==
          "1.0 is permanent; the node stops, and starts with it\n");
    node.on("POST /v1/releases/1.0/install-file", R"({"ok": true})");
    CHECK(
        node.ask({"release", "install-file", "1.0", "/some/relup.yaml"}).out ==
        "relup.yaml is in release 1.0\n");
    CHECK(node.requests().back() ==
          "POST /v1/releases/1.0/install-file "
          R"({"path":"/some/relup.yaml"})");
  }

  TEST_CASE("a commit says what keep has removed") {
    scripted_node node;
    node.on("POST /v1/releases/1.2/commit",
            R"({"ok": true, "removed": ["1.0"]})");
    CHECK(node.ask({"release", "commit", "1.2"}).out ==
          "1.2 is permanent\n"
          "removed, by `keep` of instar.yaml: 1.0\n");
  }

  TEST_CASE("a node that does not run gets a new list of releases") {
    const temporary_folder folder;
    real_file_system files;
    release_handler::test::put_release(files, folder.where(),
                                       {"1.0", {{"a", "1"}}});
    const auto root = folder.where().string();
    const auto made = instar({"release", "create-RELEASES", root, "1.0"});
    CHECK(made.exit_code == 0);
    CHECK(made.out == "1.0 is the permanent release of " + root + "\n");
    CHECK(files.kind(folder.where() / "releases" / "RELEASES.yaml") ==
          file_kind::regular);
    const auto none = instar({"release", "create-RELEASES", root, "2.0"});
    CHECK(none.exit_code == 1);
    CHECK(none.err == "error[no_such_file]: " + root +
                          "/releases/2.0/release.yaml is not there\n");
  }

  TEST_CASE("an error is its tag and message") {
    scripted_node node;
    node.on("POST /v1/releases/1.0/remove",
            R"({"error": {"tag": "permanent", "message": "1.0\u001b runs"}})",
            409);
    auto done = node.ask({"release", "remove", "1.0"});
    CHECK(done.exit_code == 1);
    CHECK(done.out == "");
    CHECK(done.err == "error[permanent]: 1.0? runs\n");
    done = node.ask({"release", "remove", "1.0", "--json"});
    CHECK(done.exit_code == 1);
    CHECK(done.err == "");
    CHECK(done.out == R"({"ok":false,"error":{"tag":"permanent","message":)"
                      "\"1.0\\u001b runs\"}}\n");
  }

  TEST_CASE("the requests of verbs that change something") {
    scripted_node node;
    const auto request_of = [&](std::vector<std::string> arguments) {
      node.ask(std::move(arguments));
      const auto seen = node.requests();
      return seen.empty() ? std::string() : seen.front();
    };
    CHECK(request_of({"release", "commit", "1.1+x"}) ==
          "POST /v1/releases/1.1+x/commit {}");
    CHECK(request_of({"release", "unpack", "/tmp/kv.tar.zst"}) ==
          R"(POST /v1/releases/unpack {"path":"/tmp/kv.tar.zst"})");
    CHECK(request_of({"release", "check", "2", "--allow-irreversible"}) ==
          R"(POST /v1/releases/2/check {"allow_irreversible":true})");
    CHECK(request_of({"release", "install", "2", "--timeout", "2s", "--hold",
                      "20ms", "--dry-run"}) ==
          "POST /v1/releases/2/install "
          R"({"dry_run":true,"timeout_ms":2000,"hold_ms":20})");
    CHECK(request_of({"release", "rollback"}) == "POST /v1/rollback {}");
    CHECK(request_of({"release", "rollback", "--to", "1.0", "--commit"}) ==
          R"(POST /v1/rollback {"to":"1.0","commit":true})");
    CHECK(request_of({"release", "cancel"}) == "POST /v1/cancel {}");
    CHECK(request_of({"stop"}) == "POST /v1/stop {}");
    CHECK(request_of({"sys", "suspend", "a b"}) ==
          "POST /v1/processes/a b/sys/suspend {}");
    CHECK(request_of({"sys", "resume", "0.7.1", "--timeout", "100"}) ==
          R"(POST /v1/processes/0.7.1/sys/resume {"timeout_ms":100})");
    CHECK(request_of({"sys", "replace-state", "c", R"({"count": 1})"}) ==
          R"(POST /v1/processes/c/sys/replace-state {"state":{"count":1}})");
    CHECK(request_of({"sys", "change-code", "c", "--extra", "[1]"}) ==
          R"(POST /v1/processes/c/sys/change-code {"extra":[1]})");
    CHECK(request_of({"sys", "change-code", "c", "--module", "tally"}) ==
          R"(POST /v1/processes/c/sys/change-code {"module":"tally"})");
    CHECK(request_of({"sys", "terminate", "c", "--reason", "shutdown"}) ==
          R"(POST /v1/processes/c/sys/terminate {"reason":"shutdown"})");
    CHECK(request_of({"sys", "statistics", "c"}) ==
          "POST /v1/processes/c/sys/statistics {}");
    CHECK(request_of({"sys", "statistics", "c", "on"}) ==
          R"(POST /v1/processes/c/sys/statistics {"on":true})");
    CHECK(request_of({"sys", "trace", "c", "off", "--timeout", "1s"}) ==
          R"(POST /v1/processes/c/sys/trace {"on":false,"timeout_ms":1000})");
    CHECK(request_of({"sys", "trace", "c"}) ==
          "POST /v1/processes/c/sys/trace {}");
    CHECK(request_of({"sys", "log", "c"}) == "POST /v1/processes/c/sys/log {}");
    CHECK(request_of({"sys", "log", "c", "on"}) ==
          R"(POST /v1/processes/c/sys/log {"on":true})");
    CHECK(request_of({"sys", "log", "c", "50"}) ==
          R"(POST /v1/processes/c/sys/log {"length":50})");
    CHECK(request_of({"sys", "log", "c", "print"}) ==
          R"(POST /v1/processes/c/sys/log {"print":true})");
    CHECK(request_of({"sys", "log-to-file", "c", "/tmp/e"}) ==
          R"(POST /v1/processes/c/sys/log-to-file {"path":"/tmp/e"})");
    CHECK(request_of({"sys", "log-to-file", "c"}) ==
          "POST /v1/processes/c/sys/log-to-file {}");
    CHECK(request_of(
              {"sys", "install", "c", "m:f", "--state", "[]", "--id", "i"}) ==
          R"(POST /v1/processes/c/sys/install {"module":"m","function":"f",)"
          R"("id":"i","state":[]})");
    CHECK(request_of({"sys", "remove", "c", "--id", "i"}) ==
          R"(POST /v1/processes/c/sys/remove {"id":"i"})");
    CHECK(request_of({"sys", "no-debug", "c"}) ==
          "POST /v1/processes/c/sys/no-debug {}");
    // Wrong, so that nothing is asked.
    CHECK(request_of({"sys", "remove", "c"}).empty());
    CHECK(request_of({"sys", "install", "c", "m"}).empty());
    CHECK(request_of({"sys", "log", "c", "0"}).empty());
    CHECK(request_of({"sys", "statistics", "c", "true"}).empty());
    CHECK(request_of({"cast", "c", R"({"add": {"by": 5}})"}) ==
          R"(POST /v1/processes/c/cast {"message":{"add":{"by":5}}})");
    CHECK(request_of({"call", "c", "[1,2]"}) ==
          R"(POST /v1/processes/c/call {"message":[1,2]})");
  }

  TEST_CASE("a process may be named like a verb") {
    scripted_node node;
    node.on("POST /v1/processes/status/sys/get-state", R"({"value": 7})");
    CHECK(node.ask({"sys", "get-state", "status"}).out == "7\n");
    node.on("POST /v1/processes/sys/call", R"({"value": "x"})");
    CHECK(node.ask({"call", "sys", "1"}).out == "\"x\"\n");
  }

  TEST_CASE("a state is shown over several lines") {
    scripted_node node;
    node.on("POST /v1/processes/counter/sys/get-state",
            R"({"value": {"count": 3, "by_client": {}}})");
    CHECK(node.ask({"sys", "get-state", "counter"}).out ==
          "{\n  \"count\": 3,\n  \"by_client\": {}\n}\n");
  }

  TEST_CASE("a trace shows each event until it ends") {
    release_handler::test::fake_node node([](const auto&, const auto& emit) {
      emit(boost::json::object{{"event", "trace"}, {"pid", "0.7.1"}});
      emit(boost::json::object{{"event", "in"},
                               {"text", "*DBG* c got cast {}\x1b"}});
      emit(boost::json::object{{"event", "lost"}, {"count", 3}});
      return release_handler::api_response{200,
                                           boost::json::object{{"ok", true}}};
    });
    const auto done =
        instar({"sys", "trace", "c", "--node", node.socket().string()});
    CHECK(done.exit_code == 0);
    CHECK(done.out ==
          "*DBG* c got cast {}?\n... 3 events were too many to show\n");
    CHECK(done.err.find("the trace has ended") != std::string::npos);
  }

  TEST_CASE("what answers there is no node") {
    release_handler::test::fake_node other([](const auto&, const auto&) {
      return release_handler::api_response{200, boost::json::array{1}};
    });
    const auto done = instar({"status", "--node", other.socket().string()});
    CHECK(done.exit_code == 1);
    CHECK(done.err == "error[bad_answer]: " + other.socket().string() +
                          ": what answers there is no node: [1]\n");
  }
}

}  // namespace
}  // namespace instar::cli::test
