#include "release_handler/node_api.hpp"

#include "release_handler/errors.hpp"
#include "runtime/errors.hpp"
#include "tests/release_handler/api_node.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>
#include <unistd.h>

TEST_SUITE_BEGIN("release_handler/node_api");

using namespace instar;
using namespace instar::release_handler;
using namespace instar::release_handler::test;
using namespace std::chrono_literals;

TEST_CASE("what is not there is not found") {
  api_node at;
  for (const auto* where : {"/", "/v1", "/v2/status", "/v1/none",
                            "/v1/status/more", "/v1/releases/1/check"}) {
    CHECK(error_of(at.get(where)) ==
          std::string("404 not_found: no such resource: GET ") + where);
  }
  for (const auto* where : {"/", "/v1/none", "/v1/rollback/1", "/v1/status",
                            "/v1/releases/2", "/v1/releases/2/other"}) {
    CHECK(error_of(at.post(where)) ==
          std::string("404 not_found: no such resource: POST ") + where);
  }
}

TEST_CASE("only GET and POST are taken") {
  api_node at;
  CHECK(error_of(at.ask("DELETE", "/v1/releases/1")) ==
        "405 badarg: DELETE is not GET or POST");
}

TEST_CASE("status says what runs") {
  api_node at;
  at.stepped.start_probe("p");
  at.stepped.sched.advance(1500ms);
  const auto answer = at.get("/v1/status");
  CHECK(answer.status == 200);
  auto body = answer.body.as_object();
  CHECK(body["release"] == "counterd");
  CHECK(body["vsn"] == "1");
  CHECK(body["status"] == "permanent");
  CHECK(body["permanent"] == "1");
  CHECK(body["uptime_ms"] == 1500);
  CHECK(body["processes"] == 1);
  CHECK(body["connections"] == 0);
  CHECK(body["crashes"] == 0);
  CHECK(body["upgrade"].is_null());
  CHECK(body["pid"] == ::getpid());
}

TEST_CASE("releases come with their statuses and libs") {
  api_node at;
  CHECK(boost::json::serialize(at.get("/v1/releases").body) ==
        R"({"releases":[{"name":"counterd","vsn":"1","status":"permanent",)"
        R"("libs":["a-1"]}]})");
}

TEST_CASE("a package is unpacked and removed by its version") {
  api_node at;
  const auto unpacked = at.post("/v1/releases/unpack", R"({"path": "/p2"})");
  CHECK(unpacked.status == 200);
  CHECK(boost::json::serialize(unpacked.body) == R"({"ok":true,"vsn":"2"})");
  CHECK(at.get("/v1/releases").body.at("releases").as_array().size() == 2);
  CHECK(error_of(at.post("/v1/releases/unpack", R"({"path": "/p2"})"))
            .starts_with("409 existing_release: "));
  CHECK(boost::json::serialize(at.post("/v1/releases/2/remove").body) ==
        R"({"ok":true})");
  CHECK(at.get("/v1/releases").body.at("releases").as_array().size() == 1);
  CHECK(error_of(at.post("/v1/releases/1/remove"))
            .starts_with("409 permanent: "));
}

TEST_CASE("releases are forgotten and taken up again") {
  api_node at;
  REQUIRE(at.post("/v1/releases/unpack", R"({"path": "/p2"})").status == 200);
  CHECK(at.post("/v1/releases/2/set-removed").status == 200);
  CHECK(error_of(at.post("/v1/releases/2/set-removed"))
            .starts_with("404 no_such_release: "));
  CHECK(at.post("/v1/releases/2/set-unpacked").status == 200);
  CHECK(error_of(at.post("/v1/releases/2/set-unpacked"))
            .starts_with("409 existing_release: "));
  CHECK(error_of(at.post("/v1/releases/2/reboot"))
            .starts_with("409 bad_status: "));
  CHECK(at.stops == 0);
  REQUIRE(at.stepped.files.write("/relup.yaml", "vsn: \"2\"\n"));
  CHECK(at.post("/v1/releases/2/install-file", R"({"path": "/relup.yaml"})")
            .status == 200);
  CHECK(error_of(at.post("/v1/releases/2/install-file")) ==
        "400 badarg: \"path\" of the file is missing");
  CHECK(error_of(at.post("/v1/releases/2/forget"))
            .starts_with("404 not_found: "));
}

TEST_CASE("releases are listed by their status") {
  api_node at;
  REQUIRE(at.post("/v1/releases/unpack", R"({"path": "/p2"})").status == 200);
  const auto listed = [&](const std::string& status) {
    api_request request;
    request.method = "GET";
    request.path = "/v1/releases";
    request.query = {{"status", status}};
    return at.api->handle(request, {});
  };
  const auto unpacked = listed("unpacked");
  REQUIRE(unpacked.body.at("releases").as_array().size() == 1);
  CHECK(unpacked.body.at("releases").at(0).at("vsn") == "2");
  CHECK(listed("current").body.at("releases").as_array().empty());
  CHECK(error_of(listed("new")) ==
        "400 badarg: a status is unpacked, current, permanent or old, not new");
}

TEST_CASE("a request without what it needs is a bad request") {
  api_node at;
  CHECK(error_of(at.post("/v1/releases/unpack")) ==
        "400 badarg: \"path\" of the package is missing");
  CHECK(error_of(at.post("/v1/releases/unpack", R"({"path": 7})")) ==
        "400 badarg: \"path\" must be a string");
  CHECK(error_of(at.post("/v1/rollback", R"({"to": []})")) ==
        "400 badarg: \"to\" must be a string");
  CHECK(error_of(at.post("/v1/rollback", R"({"commit": "yes"})")) ==
        "400 badarg: \"commit\" must be true or false");
  for (const auto* wrong : {"0", "-1", "86400001", "1.5", "\"1\"", "true"}) {
    CHECK(error_of(at.post("/v1/releases/2/install",
                           std::string("{\"timeout_ms\": ") + wrong + "}")) ==
          "400 badarg: \"timeout_ms\" must be milliseconds from 1 to 86400000");
  }
  CHECK(error_of(
            at.post("/v1/releases/2/check", R"({"allow_irreversible": 1})")) ==
        "400 badarg: \"allow_irreversible\" must be true or false");
}

TEST_CASE("an option that nobody knows is refused") {
  api_node at;
  CHECK(error_of(at.post("/v1/releases/2/install", R"({"timeout_m": 5})")) ==
        "400 badarg: unknown option \"timeout_m\" (did you mean "
        "\"timeout_ms\"?)");
  CHECK(error_of(at.post("/v1/rollback", R"({"vsn": "1"})")) ==
        "400 badarg: unknown option \"vsn\"");
  CHECK(error_of(at.post("/v1/releases/2/commit", R"({"now": true})")) ==
        "400 badarg: unknown option \"now\"");
}

TEST_CASE("a release that is not there is not found") {
  api_node at;
  for (const auto* verb : {"check", "commit", "remove"}) {
    CHECK(error_of(at.post(std::string("/v1/releases/9/") + verb)) ==
          "404 no_such_release: there is no release \"9\" on this node");
  }
  const auto installed = at.post("/v1/releases/9/install");
  CHECK(error_of(installed) ==
        "404 no_such_release: there is no release \"9\" on this node");
  CHECK(installed.body.at("ok") == false);
  CHECK(installed.body.at("outcome") == "refused");
  CHECK(installed.body.at("from") == "1");
  CHECK(installed.body.at("to") == "9");
}

TEST_CASE("the release that runs is not installed again") {
  api_node at;
  CHECK(error_of(at.post("/v1/releases/1/install")) ==
        "409 already_installed: release 1 runs");
  CHECK(error_of(at.post("/v1/releases/1/check")) ==
        "409 already_installed: release 1 runs");
  CHECK(error_of(at.post("/v1/releases/1/install", R"({"dry_run": true})")) ==
        "409 already_installed: release 1 runs");
  CHECK(at.post("/v1/releases/1/commit").status == 200);
}

TEST_CASE("a rollback needs a release that ran before") {
  api_node at;
  CHECK(error_of(at.post("/v1/rollback")) ==
        "404 no_such_release: no release ran before 1: name one with --to");
}

TEST_CASE("an installation that is refused stands in the history") {
  api_node at;
  at.post("/v1/releases/9/install");
  const auto rows = at.get("/v1/history").body.at("history").as_array();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].at("operation") == "install");
  CHECK(rows[0].at("outcome") == "refused");
  CHECK(rows[0].at("error").at("tag") == "no_such_release");
  CHECK(rows[0].at("by").is_string());
}

TEST_CASE("cancel says whether there was something to cancel") {
  api_node at;
  CHECK(boost::json::serialize(at.post("/v1/cancel").body) ==
        R"({"ok":true,"cancelled":false})");
}

TEST_CASE("stop stops the node") {
  api_node at;
  CHECK(at.post("/v1/stop").status == 200);
  CHECK(at.stops == 1);
}

TEST_CASE("processes are listed with what they do") {
  api_node at;
  const auto p = at.stepped.start_probe("p");
  const auto rows = at.get("/v1/processes").body.at("processes").as_array();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].at("pid") == value(to_string(p)));
  CHECK(rows[0].at("name") == "p");
  CHECK(rows[0].at("module") == "probe");
  CHECK(rows[0].at("status") == "running");
}

TEST_CASE("a process is called by its name or its pid") {
  api_node at;
  const auto p = at.stepped.start_probe("p");
  const auto* message = R"({"message": {"ask": {"text": "a"}}})";
  CHECK(boost::json::serialize(at.post("/v1/processes/p/call", message).body) ==
        R"({"value":"got a"})");
  CHECK(boost::json::serialize(
            at.post("/v1/processes/" + to_string(p) + "/call", message).body) ==
        R"({"value":"got a"})");
  CHECK(
      at.post("/v1/processes/p/cast", R"({"message": {"say": {"text": "b"}}})")
          .status == 200);
  at.stepped.sched.run_until_idle();
  CHECK(at.stepped.heard(p) ==
        std::vector<std::string>{"call a", "call a", "cast b"});
}

TEST_CASE("a call that goes wrong says how") {
  api_node at;
  at.stepped.start_probe("p");
  CHECK(error_of(at.post("/v1/processes/q/call")) ==
        "404 noproc: no process q");
  CHECK(error_of(at.post("/v1/processes/0.99.1/call")) ==
        "404 noproc: no process 0.99.1");
  CHECK(error_of(at.post("/v1/processes/p/other")) ==
        "404 not_found: no such operation on a process");
  CHECK(error_of(at.post("/v1/processes/p/call", R"({"message": "x"})")) ==
        "400 badarg: a message is written {\"NAME\": {FIELDS}}");
  CHECK(
      at.post("/v1/processes/p/call", R"({"message": {"none": {}}})").status ==
      400);
  CHECK(error_of(at.post("/v1/processes/p/call",
                         R"({"message": {"ask": {}}, "timeout_ms": -1})")) ==
        "400 badarg: \"timeout_ms\" must be milliseconds from 1 to 86400000");
}

TEST_CASE("the sys messages of a process are served") {
  api_node at;
  const auto p = at.stepped.start_probe("p");
  const auto post = [&](const std::string& verb, std::string_view body = "{}") {
    const auto answer = at.post("/v1/processes/p/sys/" + verb, body);
    return fmt::format("{} {}", answer.status,
                       boost::json::serialize(answer.body));
  };
  CHECK(post("suspend") == R"(200 {"ok":true})");
  CHECK(post("change-code") == R"(200 {"ok":true})");
  CHECK(post("resume") == R"(200 {"ok":true})");
  CHECK(post("get-state") == R"(200 {"value":{"number":0,"heard":[]}})");
  CHECK(post("replace-state", R"({"state": {"number": 7}})") ==
        R"(200 {"value":{"number":7,"heard":[]}})");
  CHECK(post("replace-state", R"({"state": {"number": "x"}})")
            .starts_with("400 "));
  CHECK(post("get-modules") == R"(200 {"value":["probe"]})");
  CHECK(post("get-status").starts_with(R"(200 {"value":{"pid":)"));
  CHECK(post("other") == R"(404 {"error":{"tag":"not_found",)"
                         R"("message":"sys has no request other"}})");
  CHECK(post("terminate", R"({"reason": 1})") ==
        R"(400 {"error":{"tag":"badarg",)"
        R"("message":"\"reason\" must be a string"}})");
  CHECK(post("terminate") == R"(200 {"ok":true})");
  at.stepped.sched.run_until_idle();
  CHECK_FALSE(at.stepped.is_alive(p));
}

TEST_CASE("what sys switches on is served") {
  api_node at;
  const auto p = at.stepped.start_probe("p");
  const auto post = [&](const std::string& verb, std::string_view body = "{}") {
    const auto answer = at.post("/v1/processes/global:p/sys/" + verb, body);
    return fmt::format("{} {}", answer.status,
                       boost::json::serialize(answer.body));
  };
  const std::string ok = R"(200 {"ok":true})";
  CHECK(post("statistics") == R"(200 {"value":"no_statistics"})");
  CHECK(post("statistics", R"({"on": true})") == ok);
  CHECK(post("log", R"({"length": 1})") == ok);
  CHECK(post("trace", R"({"on": true})") == ok);
  const auto call = R"({"message": {"ask": {"text": "a"}}})";
  CHECK(at.post("/v1/processes/p/call", call).status == 200);
  CHECK(post("log") ==
        R"(200 {"value":[{"event":"out","message":"got a","to":null}]})");
  CHECK(post("log", R"({"print": true})") == ok);
  CHECK(at.stepped.logged.back() == "*DBG* p sent \"got a\"");
  CHECK(post("statistics").find(R"("messages_in":1,"messages_out":1)") !=
        std::string::npos);
  CHECK(post("log", R"({"on": false})") == ok);
  CHECK(post("log") == R"(200 {"value":[]})");
  CHECK(post("log", R"({"length": 0})").starts_with("400 "));
  CHECK(post("log-to-file", R"({"path": "/none/such"})").starts_with("409 "));
  CHECK(post("log-to-file") == ok);
  CHECK(post("install", R"({"module": "none", "function": "f"})")
            .starts_with("404 "));
  CHECK(post("remove", R"({"id": "f"})") == ok);
  CHECK(post("no-debug") == ok);
  CHECK(post("statistics") == R"(200 {"value":"no_statistics"})");
  // Nobody waits for what comes: it ends at once, and is followed no more.
  CHECK(post("trace") == ok);
  CHECK_FALSE(at.stepped.node.table().find_alive(p)->is_debugged());
  CHECK(error_of(at.post("/v1/processes/via:none:p/sys/suspend"))
            .starts_with("404 no_such_module"));
  CHECK(error_of(at.post("/v1/processes/global:q/sys/suspend")) ==
        "404 noproc: no process global:q");
}

TEST_CASE("change_code of a process that is not suspended is refused") {
  api_node at;
  const auto p = at.stepped.start_probe("p");
  CHECK(error_of(at.post("/v1/processes/p/sys/change-code")) ==
        "409 unknown_system_msg: " + to_string(p) + " is not suspended");
}

TEST_CASE("code lists the modules with their versions") {
  api_node at;
  at.stepped.start_probe();
  const auto rows = at.get("/v1/code").body.at("modules").as_array();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].at("module") == "probe");
  CHECK(rows[0].at("old").is_null());
  CHECK(rows[0].at("processes") == 1);
}

TEST_CASE("a module is shown with who holds its old code") {
  api_node at;
  at.stepped.start_probe("p");
  const auto now = at.get("/v1/code/probe").body;
  CHECK(now.at("current").at("vsn") == "1.0.0");
  CHECK(now.at("current").at("processes") == 1);
  CHECK(now.at("old").as_array().empty());
  CHECK(now.at("modified") == false);
  CHECK(error_of(at.get("/v1/code/nothing")) ==
        "404 no_such_module: module nothing is not loaded");
}

TEST_CASE("operations on modules have their errors") {
  api_node at;
  CHECK(error_of(at.post("/v1/code/load", R"({"path": "/x.so"})"))
            .find("/x.so") != std::string::npos);
  CHECK(error_of(at.post("/v1/code/load")) ==
        "400 badarg: \"path\" of the module is missing");
  CHECK(error_of(at.post("/v1/code/load", R"({"file": "/x.so"})")) ==
        "400 badarg: unknown option \"file\"");
  CHECK(error_of(at.post("/v1/code/nothing/purge")) ==
        "404 no_such_module: module nothing is not loaded");
  CHECK(error_of(at.post("/v1/code/probe/other")).starts_with("404 not_found"));
  CHECK(at.post("/v1/code/probe/soft-purge").status == 200);
  CHECK(at.post("/v1/code/probe/delete").status == 200);
  CHECK(at.get("/v1/code/probe").body.at("current").is_null());
  CHECK(at.get("/v1/status").body.at("modified").as_array().size() == 1);
  CHECK(error_of(at.post("/v1/code/probe/delete")) ==
        "404 no_such_module: module probe is not loaded");
}

TEST_CASE("blockers name who waits for whom") {
  api_node at;
  const auto asked = at.stepped.start_probe();
  const auto asks = at.stepped.start_probe();
  CHECK(boost::json::serialize(at.get("/v1/blockers").body) ==
        R"({"not_quiet":[],"zombies":[],"old_code":[]})");
  REQUIRE(sys::suspend(at.stepped.node, asked));
  at.stepped.task_in(asks, [asked](auto&) -> task<std::string> {
    const auto m = instar::test::make<instar::test::ask>("x");
    auto answer = co_await call(asked, m, 1h);
    co_return answer ? *answer : answer.error().tag();
  });
  at.stepped.sched.advance(120ms);
  const auto rows = at.get("/v1/blockers").body.at("not_quiet").as_array();
  REQUIRE(rows.size() == 1);
  CHECK(boost::json::serialize(rows[0]) ==
        R"({"pid":")" + to_string(asks) +
            R"json(","name":"","module":"probe",)json"
            R"json("handler":"instar.test.run_task","for_ms":120,)json"
            R"json("waiting_for":")json" +
            to_string(asked) + R"("})");
}

TEST_CASE("each error has the status that fits it") {
  using handler_errc = instar::release_handler::errc;
  CHECK(http_status_of(failure(handler_errc::no_such_release)) == 404);
  CHECK(http_status_of(failure(handler_errc::no_such_file)) == 404);
  CHECK(http_status_of(failure(handler_errc::install_in_progress)) == 409);
  CHECK(http_status_of(failure(instar::errc::not_quiet)) == 409);
  CHECK(http_status_of(failure(instar::errc::timeout)) == 504);
  CHECK(http_status_of(failure(instar::errc::badarg)) == 400);
  CHECK(http_status_of(failure(instar::errc::not_supported)) == 501);
}

TEST_SUITE_END();
