// What sys switches on for a process. OTP's own cases are named after it.
#include "runtime/sys_debug.hpp"

#include "runtime/scheduler.hpp"
#include "tests/support/bank.hpp"
#include "tests/support/listeners.hpp"
#include "tests/support/test_supervisor.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace instar::test {
namespace {

using strings = std::vector<std::string>;

/// What a debug function was given: events, and the states of the process.
strings& spied() {
  static strings all;
  return all;
}
value& spied_state() {
  static value last;
  return last;
}

result<value> spy(const value& args) {
  spied().push_back(std::string(args.at(1).at("event").as_string()));
  spied_state() = args.at(2);
  return value(args.at(0).to_number<int>() + 1);
}
result<value> once(const value&) {
  spied().emplace_back("once");
  return value("done");
}
result<value> refuse_event(const value&) {
  spied().emplace_back("refused");
  return failure(errc::badarg, "no");
}
result<value> throw_on_event(const value&) {
  spied().emplace_back("thrown");
  throw std::runtime_error("a debug function");
}
result<value> reply_from_debug(const value&) {
  spied().emplace_back("casts");
  cast(self(), say{"from a debug function"});
  return value("done");
}
int no_debug_function(int given) {
  return given;
}

struct spies : library {
  using exports =
      export_list<fn<"spy", &spy>, fn<"once", &once>,
                  fn<"refuse", &refuse_event>, fn<"throw", &throw_on_event>,
                  fn<"reply", &reply_from_debug>,
                  fn<"other", &no_debug_function>>;
};
constinit const module_descriptor spies_module =
    instar::detail::make_descriptor<spies>("spies", "1.0.0", false);

result<value> spy_2(const value& args) {
  spied().push_back("2: " + std::string(args.at(1).at("event").as_string()));
  return args.at(0);
}
struct spies_2 : library {
  using exports = export_list<fn<"spy", &spy_2>>;
};
constinit const module_descriptor spies_2_module =
    instar::detail::make_descriptor<spies_2>("spies", "2.0.0", false);

class debug_node : public test_node {
public:
  explicit debug_node(std::optional<std::uint64_t> seed = {})
      : test_node(seed) {
    load(spies_module);
    spied().clear();
    spied_state() = {};
    server = start_probe("server");
  }

  /// One call from outside, answered.
  void ask_once() {
    const auto answer = node.call<std::string>(server, ask{"44"}, 1s);
    REQUIRE(answer);
    CHECK(*answer == "got 44");
    sched.run_until_idle();
  }
  strings logged_events() {
    const auto events = sys::log_events(node, server);
    REQUIRE(events);
    strings names;
    for (const auto& one : events->as_array())
      names.emplace_back(one.at("event").as_string());
    return names;
  }
  value debug_status() {
    const auto status = sys::get_status(node, server);
    REQUIRE(status);
    return status->at("debug");
  }
  /// Those of the node's log that tell of events.
  strings printed() {
    strings found;
    for (const auto& line : logged) {
      if (line.starts_with("*DBG*"))
        found.push_back(line);
    }
    return found;
  }

  pid server;
};

const std::string ask_name = "\"" + key_of<ask>().name + "\"";
const std::string got_call =
    "*DBG* server got call {" + ask_name + ":{\"text\":\"44\"}}";
const std::string sent_reply = "*DBG* server sent \"got 44\"";

// ---- a server that hides its password, and whose state cannot always be copied

namespace instar_v_vault {
struct vault {
  std::string user = "ann";
  std::string password = "secret";
};
BOOST_DESCRIBE_STRUCT(vault, (), (user, password))
}  // namespace instar_v_vault

bool& format_status_throws() {
  static bool throws = false;
  return throws;
}

struct vault_server : gen_server<instar_v_vault::vault> {
  static instar_v_vault::vault init(const value&) { return {}; }
  static value format_status(const instar_v_vault::vault& s) {
    if (format_status_throws())
      throw std::runtime_error("no format");
    return boost::json::object{{"user", s.user}};
  }
};
constinit const module_descriptor vault_module =
    instar::detail::make_descriptor<vault_server>("vault", "1.0.0", false);

}  // namespace

TEST_SUITE("runtime/sys_debug") {
  TEST_CASE(
      "sys_SUITE log: the last events are kept until it is switched off") {
    debug_node t;
    REQUIRE(sys::log(t.node, "server"));
    t.ask_once();
    CHECK(t.logged_events() == strings{"in", "out"});
    const auto events = sys::log_events(t.node, "server");
    REQUIRE(events);
    CHECK(boost::json::serialize(*events) ==
          "[{\"event\":\"in\",\"kind\":\"call\",\"message\":{" + ask_name +
              ":{\"text\":\"44\"}},\"from\":null},{\"event\":\"out\","
              "\"message\":\"got 44\",\"to\":null}]");
    REQUIRE(sys::print_log(t.node, "server"));
    CHECK(t.printed() == strings{got_call, sent_reply});
    REQUIRE(sys::stop_log(t.node, "server"));
    REQUIRE(sys::print_log(t.node, "server"));
    CHECK(t.printed().size() == 2);
    CHECK(t.logged_events().empty());
  }

  TEST_CASE("a log has the length that was asked first") {
    debug_node t;
    REQUIRE(sys::log(t.node, "server", 3));
    REQUIRE(sys::log(t.node, "server", 1));
    t.ask_once();
    t.ask_once();
    CHECK(t.logged_events() == strings{"out", "in", "out"});
    REQUIRE(sys::stop_log(t.node, "server"));
    REQUIRE(sys::log(t.node, "server"));
    for (int i = 0; i < 20; ++i)
      t.ask_once();
    CHECK(t.logged_events().size() == sys_debug::default_log_length);
  }

  TEST_CASE("sys_SUITE log_to_file: a call is two lines in the file") {
    debug_node t;
    REQUIRE(t.files.make_folders("/var"));
    REQUIRE(sys::log_to_file(t.node, "server", "/var/events"));
    t.ask_once();
    REQUIRE(sys::log_to_file(t.node, "server", {}));
    t.ask_once();
    const auto text = t.files.read("/var/events", 10'000);
    REQUIRE(text);
    CHECK(*text == got_call + "\n" + sent_reply + "\n");
    const auto refused =
        sys::log_to_file(t.node, "server", "/no/such/folder/events");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::open_file);
  }

  TEST_CASE("sys_SUITE stats: one call is one message in and one out") {
    debug_node t;
    REQUIRE(sys::statistics(t.node, "server", true));
    t.ask_once();
    const auto status = sys::get_status(t.node, "server");
    REQUIRE(status);
    CHECK(status->at("status") == "running");
    CHECK(status->at("debug") ==
          value(boost::json::object{{"statistics", true}}));
    // Once more does not begin anew.
    REQUIRE(sys::statistics(t.node, "server", true));
    const auto numbers = sys::statistics(t.node, "server");
    REQUIRE(numbers);
    CHECK(numbers->at("messages_in") == 1);
    CHECK(numbers->at("messages_out") == 1);
    CHECK(numbers->as_object().contains("start_time"));
    CHECK(numbers->as_object().contains("current_time"));
    REQUIRE(sys::statistics(t.node, "server", false));
    const auto none = sys::statistics(t.node, "server");
    REQUIRE(none);
    CHECK(*none == "no_statistics");
  }

  TEST_CASE("sys_SUITE trace: a call and its reply are written to the log") {
    debug_node t;
    const auto client = t.start_probe();
    REQUIRE(sys::trace(t.node, "server", true));
    t.ask_once();
    CHECK(t.printed() == strings{got_call, sent_reply});
    t.task_in(client, [&](probe_state&) -> task<std::string> {
      (void)co_await call("server", make<ask>("44"), 1h);
      co_return "";
    });
    REQUIRE(t.printed().size() == 4);
    CHECK(t.printed()[2] == got_call + " from " + to_string(client));
    CHECK(t.printed()[3] == sent_reply + " to " + to_string(client));
    REQUIRE(sys::trace(t.node, "server", false));
    t.ask_once();
    CHECK(t.printed().size() == 4);
  }

  TEST_CASE("sys_SUITE suspend: calls time out and sys is served meanwhile") {
    debug_node t;
    REQUIRE(sys::suspend(t.node, "server"));
    const auto held = t.node.call<std::string>("server", ask{"a"}, 1s);
    REQUIRE_FALSE(held);
    CHECK(held.error().code == errc::timeout);
    auto status = sys::get_status(t.node, "server");
    REQUIRE(status);
    CHECK(status->at("status") == "suspended");
    REQUIRE(sys::suspend(t.node, "server"));
    // All of them, also now.
    REQUIRE(sys::statistics(t.node, "server", true));
    REQUIRE(sys::trace(t.node, "server", true));
    REQUIRE(sys::log(t.node, "server"));
    REQUIRE(sys::install(t.node, "server", {"spies", "spy", 0}));
    REQUIRE(sys::get_state(t.node, "server"));
    REQUIRE(sys::replace_state(t.node, "server", boost::json::object()));
    REQUIRE(sys::log_events(t.node, "server"));
    REQUIRE(sys::print_log(t.node, "server"));
    REQUIRE(sys::remove(t.node, "server", {"spies", "spy"}));
    REQUIRE(sys::no_debug(t.node, "server"));
    REQUIRE(sys::resume(t.node, "server"));
    REQUIRE(sys::resume(t.node, "server"));
    t.sched.run_until_idle();
    status = sys::get_status(t.node, "server");
    REQUIRE(status);
    CHECK(status->at("status") == "running");
    t.ask_once();
  }

  TEST_CASE(
      "sys_SUITE install: a function sees each event until it is removed") {
    debug_node t;
    REQUIRE(sys::install(t.node, "server", {"spies", "spy", 0}));
    t.ask_once();
    CHECK(spied() == strings{"in", "out"});
    // The state as it is at the event: before the handler, and in it.
    CHECK(spied_state() ==
          value(boost::json::object{{"number", 0},
                                    {"heard", boost::json::array{"call 44"}}}));
    // A duplicate is ignored; another id is another one.
    REQUIRE(sys::install(t.node, "server", {"spies", "spy", 0}));
    REQUIRE(sys::install(t.node, "server", {"spies", "spy", 0, "second"}));
    REQUIRE(sys::install(t.node, "server", {"spies", "once", 0, "second"}));
    CHECK(t.debug_status().at("functions").as_array().size() == 2);
    spied().clear();
    t.ask_once();
    CHECK(spied() == strings{"in", "in", "out", "out"});
    REQUIRE(sys::remove(t.node, "server", {"", "", {}, "second"}));
    spied().clear();
    t.ask_once();
    CHECK(spied() == strings{"in", "out"});
    REQUIRE(sys::remove(t.node, "server", {"spies", "spy"}));
    REQUIRE(sys::remove(t.node, "server", {"spies", "spy"}));
    spied().clear();
    t.ask_once();
    CHECK(spied().empty());
    REQUIRE(sys::install(t.node, "server", {"spies", "spy", 0}));
    REQUIRE(sys::no_debug(t.node, "server"));
    t.ask_once();
    CHECK(spied().empty());
    CHECK(t.debug_status() == value(boost::json::object()));
  }

  TEST_CASE("a debug function that fails or is done is removed silently") {
    debug_node t;
    for (const auto* name : {"once", "refuse", "throw"})
      REQUIRE(sys::install(t.node, "server", {"spies", name, 0}));
    t.ask_once();
    // The newest first, and each once.
    CHECK(spied() == strings{"thrown", "refused", "once"});
    CHECK(t.debug_status() == value(boost::json::object()));
    CHECK(t.logged.empty());
    CHECK(t.is_alive(t.server));
  }

  TEST_CASE("what a debug function does itself is no event of its process") {
    debug_node t;
    REQUIRE(sys::install(t.node, "server", {"spies", "reply", 0}));
    REQUIRE(sys::install(t.node, "server", {"spies", "spy", 0}));
    t.ask_once();
    t.sched.run_until_idle();
    CHECK(spied() == strings{"in", "casts", "out", "in", "noreply"});
  }

  TEST_CASE("a function that does not exist cannot be installed") {
    debug_node t;
    const auto code_of = [&](sys::debug_function what) {
      const auto refused = sys::install(t.node, "server", what);
      REQUIRE_FALSE(refused);
      return refused.error().code;
    };
    CHECK(code_of({"nobody", "spy"}) == errc::no_such_module);
    CHECK(code_of({"spies", "nothing"}) == errc::undef);
    CHECK(code_of({"spies", "other"}) == errc::undef);
    const auto unknown =
        sys::debug(t.node, "server", boost::json::object{{"tracing", true}});
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().code == errc::unknown_debug);
    for (const value& argument : {value(0), value(-1), value("all")}) {
      const auto refused =
          sys::debug(t.node, "server", boost::json::object{{"log", argument}});
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == errc::unknown_debug);
    }
  }

  TEST_CASE("a debug function is called in its module's current version") {
    debug_node t;
    REQUIRE(sys::install(t.node, "server", {"spies", "spy", 0}));
    t.ask_once();
    t.load(spies_2_module);
    t.ask_once();
    CHECK(spied() == strings{"in", "out", "2: in", "2: out"});
    // Nothing of the old version is kept.
    REQUIRE(t.node.code().soft_purge("spies"));
    REQUIRE(t.node.code().delete_module("spies"));
    REQUIRE(t.node.code().soft_purge("spies"));
    t.ask_once();
    CHECK(spied().size() == 4);
    CHECK(t.debug_status() == value(boost::json::object()));
  }

  TEST_CASE("casts and infos and continuations are followed by noreply") {
    debug_node t;
    REQUIRE(sys::log(t.node, "server", 100));
    t.node.cast(t.server, say{"a"});
    t.node.send(t.server, say{"b"});
    t.sched.run_until_idle();
    CHECK(t.logged_events() == strings{"in", "noreply", "in", "noreply"});
    REQUIRE(sys::stop_log(t.node, "server"));
    REQUIRE(sys::log(t.node, "server", 100));
    t.in(t.server, plain_function([](probe_state&, const from&) {
           continue_with(go_on{"c"});
         }));
    CHECK(t.logged_events() == strings{"in", "noreply", "continue", "noreply"});
  }

  TEST_CASE("a call that is answered later is a reply of its own") {
    debug_node t;
    static from kept;
    REQUIRE(sys::log(t.node, "server", 100));
    t.sched.post([&] {
      auto m = make_message(
          run_plain{add_function(
              plain_function([](probe_state&, const from& f) { kept = f; }))},
          message_kind::call);
      m->sender = t.server;
      m->tag = 77;
      t.node.deliver(t.server, std::move(m));
    });
    t.sched.run_until_idle();
    CHECK(t.logged_events() == strings{"in", "noreply"});
    t.in(t.server, plain_function([](probe_state&, const from&) {
           reply(kept, std::string("late"));
         }));
    CHECK(t.logged_events() ==
          strings{"in", "noreply", "in", "out", "noreply"});
  }

  TEST_CASE("a handler that waits has its reply when it is done") {
    debug_node t;
    const auto helper = t.start_probe();
    REQUIRE(sys::log(t.node, "server", 100));
    t.task_in(t.server, [=](probe_state&) -> task<std::string> {
      (void)co_await call(helper, make<ask>("a"), 1h);
      co_return "";
    });
    CHECK(t.logged_events() == strings{"in", "noreply"});
    const auto answer = t.node.call<std::string>(
        t.server,
        run_task{
            add_function(task_function([=](probe_state&) -> task<std::string> {
              (void)co_await call(helper, make<ask>("b"), 1h);
              co_return "done";
            }))},
        1s);
    REQUIRE(answer);
    CHECK(t.logged_events() == strings{"in", "noreply", "in", "out"});
  }

  TEST_CASE("debug options hold from the start and unknown ones are ignored") {
    debug_node t;
    REQUIRE(t.files.make_folders("/var"));
    spawn_options options;
    options.start.module = "probe";
    options.name = "watched";
    options.debug = boost::json::array{
        "statistics",
        "tracing",
        42,
        boost::json::object{{"log", 5}},
        boost::json::object{{"log_to_file", "/no/such/folder/events"}},
        boost::json::object{{"install",
                             {{"module", "spies"},
                              {"function", "spy"},
                              {"state", 0},
                              {"id", "one"}}}}};
    REQUIRE(t.node.start(std::move(options)));
    REQUIRE(t.node.call<std::string>("watched", ask{"44"}, 1s));
    const auto status = sys::get_status(t.node, "watched");
    REQUIRE(status);
    CHECK(boost::json::serialize(status->at("debug")) ==
          "{\"statistics\":true,\"log\":5,\"functions\":[{\"id\":\"one\","
          "\"module\":\"spies\",\"function\":\"spy\"}]}");
    CHECK(spied() == strings{"in", "out"});
    const auto numbers = sys::statistics(t.node, "watched");
    REQUIRE(numbers);
    CHECK(numbers->at("messages_in") == 1);
  }

  TEST_CASE(
      "a child specification has debug options and each start takes them") {
    family t;
    supervisor_spec spec;
    spec.children = {t.child("a")};
    spec.children[0].start.debug = boost::json::array{"statistics"};
    t.start_supervisor(spec);
    REQUIRE(t.node.call<std::string>("a", ask{"44"}, 1s));
    auto numbers = sys::statistics(t.node, "a");
    REQUIRE(numbers);
    CHECK(numbers->at("messages_out") == 1);
    t.crash("a");
    t.sched.run_until_idle();
    numbers = sys::statistics(t.node, "a");
    REQUIRE(numbers);
    CHECK(numbers->at("messages_in") == 0);
  }

  TEST_CASE("a supervisor has system events too") {
    family t;
    supervisor_spec spec;
    spec.children = {t.child("a")};
    const auto top = t.start_supervisor(spec);
    REQUIRE(sys::log(t.node, top));
    (void)t.children(top);
    t.crash("a");
    t.sched.run_until_idle();
    const auto events = sys::log_events(t.node, top);
    REQUIRE(events);
    strings names;
    for (const auto& one : events->as_array())
      names.emplace_back(one.at("event").as_string());
    CHECK(names == strings{"in", "out", "in", "noreply"});
  }

  TEST_CASE("an event manager tells of each message once") {
    listeners::hall t;
    REQUIRE(sys::log(t.node, t.bus, 100));
    // The first handler of a module: the manager joins its gate, and takes the
    // request again.
    t.add_handler({"ear", "a"});
    t.sound_out(1);
    t.sched.run_until_idle();
    const auto events = sys::log_events(t.node, t.bus);
    REQUIRE(events);
    strings names;
    for (const auto& one : events->as_array())
      names.emplace_back(one.at("event").as_string());
    CHECK(names == strings{"in", "out", "in", "noreply"});
  }

  TEST_CASE("the events are followed from outside until the process ends") {
    debug_node t;
    auto seen = std::make_shared<strings>();
    const std::weak_ptr<strings> is_followed = seen;
    const auto number =
        sys::follow(t.node, "server", [seen](const value& event) {
          seen->emplace_back(event.at("event").as_string());
        });
    REQUIRE(number);
    t.ask_once();
    CHECK(*seen == strings{"in", "out"});
    REQUIRE(sys::unfollow(t.node, "server", *number));
    t.ask_once();
    CHECK(seen->size() == 2);
    CHECK(seen.use_count() == 1);
    REQUIRE(sys::follow(t.node, "server", [seen](const value&) {}));
    seen.reset();
    CHECK_FALSE(is_followed.expired());
    t.exit(t.server, exit_reason::kill());
    CHECK(is_followed.expired());
  }

  TEST_CASE("sys_SUITE special_process: state and statistics and terminate") {
    debug_node t;
    REQUIRE(sys::statistics(t.node, "server", true));
    t.ask_once();
    const auto numbers = sys::statistics(t.node, "server");
    REQUIRE(numbers);
    CHECK(numbers->at("messages_in") == 1);
    const auto doubled =
        sys::replace_state(t.node, "server", [](const value& state) {
          auto made = state;
          made.as_object()["number"] = 5;
          return made;
        });
    REQUIRE(doubled);
    CHECK(doubled->at("number") == 5);
    const auto failed = sys::replace_state(
        t.node, "server",
        [](const value&) -> value { throw std::runtime_error("fail"); });
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == errc::callback_failed);
    CHECK(failed.error().message().find("gen_server:system_replace_state") !=
          std::string::npos);
    const auto state = sys::get_state(t.node, "server");
    REQUIRE(state);
    CHECK(state->at("number") == 5);
    REQUIRE(sys::terminate(t.node, "server", exit_reason::normal()));
    t.sched.run_until_idle();
    CHECK_FALSE(t.is_alive(t.server));
    const auto gone = sys::statistics(t.node, "server");
    REQUIRE_FALSE(gone);
    CHECK(gone.error().code == errc::noproc);
  }

  TEST_CASE("format_status decides what the status shows of the state") {
    test_node t;
    t.load(vault_module);
    const auto p = t.start("vault");
    format_status_throws() = false;
    auto status = sys::get_status(t.node, p);
    REQUIRE(status);
    CHECK(status->at("state") == value(boost::json::object{{"user", "ann"}}));
    format_status_throws() = true;
    status = sys::get_status(t.node, p);
    REQUIRE(status);
    CHECK_FALSE(status->as_object().contains("state"));
    CHECK(std::string(status->at("error").as_string())
              .find("vault:format_status crashed: no format") !=
          std::string::npos);
    const auto state = sys::get_state(t.node, p);
    REQUIRE(state);
    CHECK(state->at("password") == "secret");
    const auto plain = t.start_probe();
    status = sys::get_status(t.node, plain);
    REQUIRE(status);
    CHECK(status->at("state").at("number") == 0);
  }

  TEST_CASE("what is switched on stays through an upgrade") {
    bank::branch t;
    const auto a = t.open_account();
    REQUIRE(sys::log(t.node, a, 100));
    REQUIRE(t.node.call<std::string>(a, bank::item{0, 1}, 1s));
    upgrade batch(t.node, {bank::change_to(t.add(bank::version_2))}, {});
    REQUIRE(bank::run_upgrade(batch));
    REQUIRE(t.node.call<std::string>(a, bank::item{0, 2}, 1s));
    const auto events = sys::log_events(t.node, a);
    REQUIRE(events);
    REQUIRE(events->as_array().size() == 4);
    CHECK(events->at(1).at("message") == "1.0.0");
    CHECK(events->at(3).at("message") == "2.0.0");
  }
}

}  // namespace instar::test
