// An event manager and its handlers. Their upgrades: gen_event_upgrade_test.cpp.
#include "tests/support/listeners.hpp"

namespace instar::test::listeners {
namespace {

using strings = std::vector<std::string>;

std::string error_of(const auto& done) {
  return done ? "" : done.error().tag();
}

/// What a probe's coroutine hears of a request.
std::string told(const result<>& done) {
  return done ? "ok" : done.error().tag();
}

}  // namespace

TEST_SUITE("runtime/gen_event") {
  TEST_CASE("an event reaches every handler and the newest first") {
    for_seeds(20, [](std::uint64_t seed) {
      hall t(seed);
      t.add_handler({"ear", "a"});
      t.add_handler({"nose", "b"});
      t.add_handler({"ear", "c"});
      t.sound_out(1);
      t.sound_out(2);
      t.sched.run_until_idle();
      CHECK(log() == strings{"a init -", "b init -", "c init -", "c 1", "b 1",
                             "a 1", "c 2", "b 2", "a 2"});
      CHECK(t.handlers() == strings{"ear c", "nose b", "ear a"});
    });
  }

  TEST_CASE("an event manager has a name and no handlers when it starts") {
    hall t;
    CHECK(t.node.whereis("bus") == t.bus);
    CHECK(t.handlers().empty());
    t.sound_out(1);
    REQUIRE(event::sync_notify(t.node, t.bus, sound{}));
    const auto modules = sys::get_modules(t.node, t.bus);
    REQUIRE(modules);
    CHECK(modules->empty());
  }

  TEST_CASE("sync_notify answers when all handlers have handled the event") {
    hall t;
    t.add_handler({"ear", "a"});
    t.add_handler({"ear", "b"});
    t.sound_out(1);
    REQUIRE(event::sync_notify(t.node, t.bus, sound{2, {}, {}}));
    CHECK(log() == strings{"a init -", "b init -", "b 1", "a 1", "b 2", "a 2"});
  }

  TEST_CASE("a call reaches one handler") {
    hall t;
    t.add_handler({"ear", "a"});
    t.add_handler({"ear", "b"});
    t.sound_out(1);
    t.sound_out(1);
    const auto count =
        event::call<std::int64_t>(t.node, "bus", {"ear", "b"}, how_many{});
    REQUIRE(count);
    CHECK(*count == 2);
    CHECK(error_of(event::call<std::int64_t>(t.node, "bus", {"ear", "x"},
                                             how_many{})) == "not_found");
    CHECK(error_of(event::call<std::int64_t>(t.node, "bus", {"ear"},
                                             how_many{})) == "not_found");
    CHECK(error_of(event::call<std::string>(t.node, "bus", {"ear", "a"},
                                            ask{})) == "bad_message");
    CHECK(error_of(event::call<std::int64_t>(t.node, "bus2", {"ear", "a"},
                                             how_many{})) == "noproc");
  }

  TEST_CASE("a call may be answered later") {
    hall t;
    t.add_handler({"ear", "a"});
    const auto p = t.start_probe();
    t.task_in(p, [](probe_state& s) -> task<std::string> {
      const auto got =
          co_await event::call("bus", {"ear", "a"}, wait_for_sound{}, 1h);
      s.heard.push_back(got ? std::to_string(*got) : got.error().tag());
      co_return "";
    });
    CHECK(t.handlers() == strings{"ear a"});
    t.sound_out(7);
    t.sched.run_until_idle();
    CHECK(t.heard(p) == strings{"7"});
  }

  TEST_CASE("who waits for an answer hears of the manager's end") {
    hall t;
    t.add_handler({"ear", "a"});
    const auto p = t.start_probe();
    t.task_in(p, [](probe_state& s) -> task<std::string> {
      const auto got =
          co_await event::call("bus", {"ear", "a"}, wait_for_sound{}, 1h);
      s.heard.push_back(got ? "?" : got.error().tag());
      co_return "";
    });
    t.exit(t.bus, exit_reason::kill());
    CHECK(t.heard(p) == strings{"noproc"});
  }

  TEST_CASE("what is sent as an info reaches handle_info") {
    hall t;
    t.add_handler({"ear", "a"});
    t.add_handler({"nose", "b"});
    t.node.send(t.bus, sound{3, {}, {}});
    t.node.send(t.bus, say{"nobody takes this"});
    t.sched.run_until_idle();
    CHECK(log() == strings{"a init -", "b init -", "b info 3", "a info 3"});
  }

  TEST_CASE("two handlers have no one name and a bad one is refused") {
    hall t;
    t.add_handler({"ear", "a"});
    const auto add = [&](const event_handler& name, value args = {}) {
      return error_of(event::add_handler(t.node, t.bus, name, std::move(args)));
    };
    CHECK(add({"ear", "a"}) == "already_present");
    CHECK(add({"mouth"}) == "no_such_module");
    CHECK(add({"probe"}) == "badarg");
    CHECK(add({"ear", "b"}, boost::json::object{{"fail", "no"}}) ==
          "init_failed");
    CHECK(add({"ear"}, boost::json::object{{"id", "none"}}).empty());
    CHECK(t.handlers() == strings{"ear", "ear a"});
  }

  TEST_CASE("a handler's module is no process") {
    hall t;
    const auto made = t.try_start("ear");
    REQUIRE_FALSE(made);
    CHECK(made.error().tag() == "badarg");
  }

  TEST_CASE("a handler that is deleted gives what its terminate returns") {
    hall t;
    t.add_handler({"ear", "a"});
    t.add_handler({"ear", "b"});
    const auto last = event::delete_handler(t.node, t.bus, {"ear", "a"}, "bye");
    REQUIRE(last);
    CHECK(*last == boost::json::object{{"last", "a"}});
    CHECK(log().back() == "a ends deleted \"bye\"");
    CHECK(t.handlers() == strings{"ear b"});
    CHECK(error_of(event::delete_handler(t.node, t.bus, {"ear", "a"})) ==
          "not_found");
    // One whose terminate throws is gone all the same.
    const auto thrown =
        event::delete_handler(t.node, t.bus, {"ear", "b"}, "throw");
    REQUIRE(thrown);
    CHECK(thrown->is_null());
    CHECK(t.handlers().empty());
    CHECK(t.first_ear->box_count == 0);
  }

  TEST_CASE("a handler leaves when it asks for it") {
    hall t;
    t.add_handler({"ear", "a"});
    t.add_handler({"ear", "b"});
    t.add_handler({"ear", "c"});
    t.sound_out(1, "b", "leave");
    t.sound_out(2);
    t.sched.run_until_idle();
    CHECK(log() == strings{"a init -", "b init -", "c init -", "c 1", "b 1",
                           "b ends removed -", "a 1", "c 2", "a 2"});
    const auto count = event::call<std::int64_t>(t.node, t.bus, {"ear", "c"},
                                                 how_many{"leave"});
    REQUIRE(count);
    CHECK(*count == 2);
    CHECK(t.handlers() == strings{"ear a"});
  }

  TEST_CASE("a handler takes the place of another and what it leaves") {
    hall t;
    t.add_handler({"ear", "a"});
    t.add_handler({"ear", "b"});
    const auto swap = [&](const event_handler& one, const event_handler& other,
                          value args) {
      return error_of(event::swap_handler(t.node, t.bus, one, "parting", other,
                                          std::move(args)));
    };
    CHECK(swap({"ear", "a"}, {"nose", "c"}, boost::json::object{{"id", "c"}})
              .empty());
    CHECK(log() == strings{"a init -", "b init -",
                           R"(a ends swapped "parting")",
                           R"(c init {"last":"a"})"});
    CHECK(t.handlers() == strings{"nose c", "ear b"});
    // Its own place.
    CHECK(swap({"ear", "b"}, {"ear", "b"}, boost::json::object{{"id", "B"}})
              .empty());
    CHECK(log().back() == R"(B init {"last":"b"})");
    // Nobody's: as an add.
    CHECK(swap({"ear", "x"}, {"ear", "y"}, boost::json::object{{"id", "y"}})
              .empty());
    CHECK(log().back() == "y init -");
    CHECK(swap({"ear", "y"}, {"ear", "b"}, {}) == "already_present");
    CHECK(swap({"ear", "y"}, {"mouth"}, {}) == "no_such_module");
    CHECK(t.handlers() == strings{"ear y", "ear b", "nose c"});
    CHECK(swap({"ear", "y"}, {"ear", "z"},
               boost::json::object{{"fail", "no"}}) == "init_failed");
    CHECK(t.handlers() == strings{"ear b", "nose c"});
  }

  TEST_CASE("a handler asks for another in its place after the event") {
    for_seeds(20, [](std::uint64_t seed) {
      hall t(seed);
      t.add_handler({"ear", "a"});
      t.add_handler({"ear", "b"});
      t.sound_out(1, "b", "swap nose n");
      t.sound_out(2);
      t.sched.run_until_idle();
      CHECK(log() == strings{"a init -", "b init -", "b 1", "a 1",
                             R"(b ends swapped "parting")",
                             R"(n init {"last":"b"})", "n 2", "a 2"});
      // Whoever waits for the event waits for the swap.
      REQUIRE(event::sync_notify(t.node, t.bus, sound{3, "n", "swap ear e"}));
      CHECK(log().back() == R"(e init {"last":"n"})");
      CHECK(t.handlers() == strings{"ear e", "ear a"});
    });
  }

  TEST_CASE("a handler that crashes is removed and the others live on") {
    hall t;
    t.add_handler({"ear", "a"});
    t.add_handler({"ear", "b"});
    t.add_handler({"nose", "c"});
    t.sound_out(1, "b", "throw");
    t.sound_out(2);
    t.sched.run_until_idle();
    CHECK(log() == strings{"a init -", "b init -", "c init -", "c 1", "b 1",
                           "b ends failed -", "a 1", "c 2", "a 2"});
    CHECK(t.is_alive(t.bus));
    CHECK(t.node.crash_count() == 1);
    const auto crashes =
        t.node.crashes().between({}, steady_time::max(), {"ear"});
    REQUIRE(crashes.size() == 1);
    CHECK(crashes[0].what == crash_entry::kind::handler);
    CHECK(t.logged.back() == "event manager " + to_string(t.bus) +
                                 " bus (ear): handler ear b removed: told to");
    const auto called = event::call<std::int64_t>(t.node, t.bus, {"nose", "c"},
                                                  how_many{"throw"});
    REQUIRE_FALSE(called);
    CHECK(called.error().tag() == "callback_failed");
    CHECK(t.handlers() == strings{"ear a"});
  }

  TEST_CASE("a supervised handler goes when who added it ends") {
    for_seeds(20, [](std::uint64_t seed) {
      hall t(seed);
      t.add_handler({"ear", "a"});
      const auto p = t.start_probe();
      t.task_in(p, [](probe_state& s) -> task<std::string> {
        const value args = boost::json::object{{"id", "b"}};
        const event_handler name{"nose", "b"};
        const auto done = co_await event::add_sup_handler("bus", name, args);
        s.heard.push_back(told(done));
        co_return "";
      });
      CHECK(t.heard(p) == strings{"ok"});
      CHECK(t.handlers() == strings{"nose b", "ear a"});
      t.exit(p, exit_reason::error("x"));
      CHECK(t.handlers() == strings{"ear a"});
      CHECK(log() == strings{"a init -", "b init -",
                             "b ends supervisor_ended -", "a exit error: x"});
      CHECK(t.is_alive(t.bus));
    });
  }

  TEST_CASE("who added a handler supervised is told when it goes") {
    hall t;
    const auto p = t.start("adder");
    t.in(p, [](probe_state&) { trap_exit(true); });
    const auto add = [&](const std::string& id) {
      t.task_in(p, [id](probe_state&) -> task<std::string> {
        const value args = boost::json::object{{"id", id}};
        const event_handler name{"ear", id};
        (void)co_await event::add_sup_handler("bus", name, args);
        co_return "";
      });
    };
    for (const auto* id : {"a", "b", "c", "d"})
      add(id);
    REQUIRE(event::delete_handler(t.node, t.bus, {"ear", "a"}));
    t.sound_out(1, "b", "leave");
    t.sound_out(2, "c", "throw");
    t.sched.run_until_idle();
    REQUIRE(event::swap_handler(t.node, t.bus, {"ear", "d"}, {}, {"nose", "e"},
                                boost::json::object{{"id", "e"}}));
    // Whoever takes a supervised one's place is supervised by the same.
    REQUIRE(sys::terminate(t.node, t.bus, exit_reason::shutdown()));
    t.sched.run_until_idle();
    CHECK(t.heard(p) == strings{"gone ear a: normal", "gone ear b: normal",
                                "gone ear c: error: told to",
                                "gone ear d: swapped: nose e by nose e",
                                "gone nose e: shutdown",
                                "exit " + to_string(t.bus) + " shutdown"});
  }

  TEST_CASE("without its last handler the adder is no longer linked") {
    hall t;
    const auto p = t.start_probe();
    t.task_in(p, [](probe_state& s) -> task<std::string> {
      const event_handler a{"ear", "a"};
      const event_handler b{"ear", "b"};
      const value none;
      const auto one = co_await event::add_sup_handler("bus", a);
      const auto two =
          co_await event::swap_sup_handler("bus", a, none, b, none);
      const auto gone = co_await event::delete_handler("bus", b);
      s.heard.push_back(told(one) + told(two) + (gone ? "ok" : "?"));
      co_return "";
    });
    REQUIRE(sys::terminate(t.node, t.bus, exit_reason::error("x")));
    t.sched.run_until_idle();
    CHECK_FALSE(t.is_alive(t.bus));
    CHECK(t.is_alive(p));
    CHECK(t.heard(p).back() == "okokok");
  }

  TEST_CASE(
      "the end of the manager ends its handlers and who supervises them") {
    hall t;
    t.add_handler({"ear", "a"});
    t.add_handler({"nose", "b"});
    const auto p = t.start_probe();
    t.task_in(p, [](probe_state&) -> task<std::string> {
      (void)co_await event::add_sup_handler("bus", {"ear", "c"});
      co_return "";
    });
    REQUIRE(sys::terminate(t.node, t.bus, exit_reason::error("enough")));
    t.sched.run_until_idle();
    CHECK_FALSE(t.is_alive(t.bus));
    CHECK_FALSE(t.is_alive(p));
    const auto lines = log();
    CHECK(strings(lines.end() - 3, lines.end()) ==
          strings{" ends stopped -", "b ends stopped -", "a ends stopped -"});
    CHECK(t.first_ear->box_count == 0);
  }

  TEST_CASE("from outside a handler cannot be supervised") {
    hall t;
    const auto added = t.node.call<std::monostate>(
        t.bus, add_event_handler{{"ear", "a"}, {}, true});
    REQUIRE_FALSE(added);
    CHECK(added.error().tag() == "badarg");
    CHECK(t.handlers().empty());
  }

  TEST_CASE("sys shows and replaces the states of the handlers") {
    hall t;
    t.add_handler({"ear", "a"});
    t.add_handler({"nose", "b"});
    t.add_handler({"nose"});
    const auto modules = sys::get_modules(t.node, t.bus);
    REQUIRE(modules);
    CHECK(*modules == strings{"ear", "nose"});
    auto all = sys::get_state(t.node, t.bus);
    REQUIRE(all);
    auto& rows = all->as_array();
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].at("id").is_null());
    CHECK(rows[1].at("module") == "nose");
    CHECK(rows[1].at("id") == "b");
    rows[0].at("state").as_object()["count"] = 5;
    // What is no state of it is not taken, nor is another name.
    rows[1].at("state").as_object()["count"] = "many";
    rows[2].as_object()["id"] = "x";
    rows[2].at("state").as_object()["count"] = 7;
    const auto replaced = sys::replace_state(t.node, t.bus, *all);
    REQUIRE(replaced);
    CHECK(replaced->at(0).at("state").at("count") == 5);
    CHECK(replaced->at(1).at("state").at("count") == 0);
    CHECK(replaced->at(2).at("state").at("count") == 0);
    const auto status = sys::get_status(t.node, t.bus);
    REQUIRE(status);
    CHECK(status->at("behaviour") == "gen_event");
    CHECK(status->at("module") == "gen_event");
    CHECK(status->at("handlers").as_array().size() == 3);
  }

  TEST_CASE("a suspended manager tells the events when it is resumed") {
    hall t;
    t.add_handler({"ear", "a"});
    REQUIRE(sys::suspend(t.node, t.bus));
    t.sound_out(1);
    t.sched.run_until_idle();
    CHECK(log() == strings{"a init -"});
    REQUIRE(sys::resume(t.node, t.bus));
    t.sched.run_until_idle();
    CHECK(log() == strings{"a init -", "a 1"});
  }

  TEST_CASE(
      "processes with dynamic modules are known for as long as they live") {
    hall t;
    spawn_options options;
    options.start.module = event_manager;
    options.start.is_dynamic = true;
    const auto made = t.node.start(std::move(options));
    REQUIRE(made);
    CHECK(t.node.dynamic_processes() == std::vector<pid>{*made});
    t.exit(*made, exit_reason::kill());
    CHECK(t.node.dynamic_processes().empty());
  }

  TEST_CASE("an event may be written as JSON") {
    hall t;
    t.add_handler({"ear", "a"});
    t.add_handler({"nose", "b"});
    const value event = {{"sound", {{"number", 4}}}};
    REQUIRE(t.node.cast_json("bus", event));
    // As a call: when all have handled it.
    REQUIRE(t.node.call_json("bus", event));
    CHECK(log() == strings{"a init -", "b init -", "b 4", "a 4", "b 4", "a 4"});
    const auto unknown = t.node.cast_json("bus", {{"smell", {}}});
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().context ==
          "ear, nose takes no smell as a cast; it takes: sound, spoil, sound, "
          "spoil");
  }
}

}  // namespace instar::test::listeners
