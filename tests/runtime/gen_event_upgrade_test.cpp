// An event manager in a batch: the handlers of the changed modules go over, the
// others stay as they are.
#include "runtime/rehearsal.hpp"
#include "tests/support/bank.hpp"
#include "tests/support/listeners.hpp"

#include <algorithm>

namespace instar::test::listeners {
namespace {

using strings = std::vector<std::string>;

module_upgrade change_to(instance* next, direction way = direction::up) {
  auto made = bank::change_to(next, way);
  made.module = "ear";
  return made;
}

value count_of(hall& t, const event_handler& name) {
  return t.state_of(name).at("count");
}

/// What handler `id` was told, in order.
strings told(const std::string& id) {
  strings numbers;
  for (const auto& line : log()) {
    const auto number = line.substr(std::min(line.size(), id.size() + 1));
    if (line.starts_with(id + " ") && !number.empty() &&
        number.find_first_not_of("0123456789") == std::string::npos) {
      numbers.push_back(number);
    }
  }
  return numbers;
}

strings up_to(int last) {
  strings all;
  for (int i = 1; i <= last; ++i)
    all.push_back(std::to_string(i));
  return all;
}

}  // namespace

TEST_SUITE("runtime/gen_event_upgrade") {
  TEST_CASE("all handlers of the changed module are converted and no others") {
    for_seeds(30, [](std::uint64_t seed) {
      hall t(seed);
      t.add_handler({"ear", "a"});
      t.add_handler({"nose", "n"});
      t.add_handler({"ear", "b"});
      t.sound_out(1);
      t.sched.run_until_idle();
      upgrade up(t.node, {change_to(t.add(ear_2))}, {});
      REQUIRE(bank::run_upgrade(up));
      CHECK(up.report().processes == 1);
      CHECK(up.report().by_module.at("ear") == 1);
      CHECK(t.versions() ==
            strings{"ear b 2.0.0", "nose n 1.0.0", "ear a 2.0.0"});
      CHECK(t.state_of({"ear", "a"}).at("note") == "1.0.0 to 2.0.0");
      CHECK(t.state_of({"ear", "b"}).at("note") == "1.0.0 to 2.0.0");
      CHECK(count_of(t, {"nose", "n"}) == 1);
      t.sound_out(2);
      t.sched.run_until_idle();
      CHECK(count_of(t, {"ear", "a"}) == 2);
      CHECK(t.first_ear->box_count == 0);
      // And down again.
      upgrade down(t.node, {change_to(t.first_ear, direction::down)}, {});
      REQUIRE(bank::run_upgrade(down));
      CHECK(t.versions() ==
            strings{"ear b 1.0.0", "nose n 1.0.0", "ear a 1.0.0"});
      CHECK(count_of(t, {"ear", "b"}) == 2);
      CHECK(t.handlers() == strings{"ear b", "nose n", "ear a"});
    });
  }

  TEST_CASE("a handler that cannot be converted leaves all as they were") {
    for_seeds(30, [](std::uint64_t seed) {
      hall t(seed);
      for (const auto* id : {"a", "b", "c"})
        t.add_handler({"ear", id});
      t.add_handler({"nose", "n"});
      event::notify(t.node, t.bus, spoil{seed % 2 == 0 ? "a" : "c"});
      t.sound_out(1);
      t.sched.run_until_idle();
      auto* next = t.add(ear_2);
      upgrade batch(t.node, {change_to(next)}, {});
      REQUIRE(batch.check());
      const auto done = batch.prepare();
      REQUIRE_FALSE(done);
      CHECK(done.error().code == errc::code_change_failed);
      t.sched.run_until_idle();
      CHECK(t.versions() == strings{"nose n 1.0.0", "ear c 1.0.0",
                                    "ear b 1.0.0", "ear a 1.0.0"});
      CHECK(next->box_count == 0);
      const auto* manager = t.node.table().find_alive(t.bus);
      for (std::size_t i = 0; i < manager->box_count(); ++i) {
        CHECK(const_cast<process*>(manager)->raw_box(i).prepared_state ==
              nullptr);
      }
      t.sound_out(2);
      t.sched.run_until_idle();
      CHECK(told("b") == up_to(2));
      CHECK(count_of(t, {"ear", "b"}) == 2);
    });
  }

  TEST_CASE("events during an upgrade arrive once and in order") {
    for_seeds(200, [](std::uint64_t seed) {
      hall t(seed);
      t.add_handler({"ear", "a"});
      t.add_handler({"nose", "n"});
      t.add_handler({"ear", "b"});
      t.sound_out(1);
      upgrade batch(t.node, {change_to(t.add(ear_2))}, {});
      REQUIRE(batch.check());
      t.sound_out(2);
      REQUIRE(batch.prepare());
      t.sound_out(3);
      for (auto i = seed % 3; i > 0; --i)
        t.sched.step();
      batch.on_phase = [&](std::string_view) {
        t.sound_out(4);
        t.sched.post([&t] { t.sound_out(5); });
      };
      batch.at_commit = [&] { CHECK(told("a").size() < 6); };
      REQUIRE(batch.commit());
      t.sound_out(6);
      REQUIRE(batch.adopt(10s));
      t.sched.run_until_idle();
      CHECK(told("n") == told("a"));
      CHECK(told("b") == told("a"));
      CHECK(told("a").size() == 6);
      auto sorted = told("a");
      std::sort(sorted.begin(), sorted.end());
      CHECK(sorted == up_to(6));
      CHECK(count_of(t, {"ear", "a"}) == 6);
      CHECK(t.state_of({"ear", "b"}).at("note") == "1.0.0 to 2.0.0");
    });
  }

  TEST_CASE(
      "a handler that is added while its module changes is of the new one") {
    for_seeds(300, [](std::uint64_t seed) {
      hall t(seed);
      t.add_handler({"nose", "n"});
      const auto p = t.start_probe();
      const auto add = [&] {
        t.node.cast(
            p, run_task{add_function(
                   task_function([](probe_state& s) -> task<std::string> {
                     const event_handler name{"ear", "late"};
                     const value args = boost::json::object{{"id", "late"}};
                     const auto done =
                         co_await event::add_handler("bus", name, args);
                     s.heard.push_back(done ? "ok" : done.error().tag());
                     co_return "";
                   }))});
      };
      upgrade batch(t.node, {change_to(t.add(ear_2))}, {});
      REQUIRE(batch.check());
      if (seed % 3 == 0)
        add();
      for (auto i = seed % 7; i > 0; --i)
        t.sched.step();
      REQUIRE(batch.prepare());
      if (seed % 3 == 1)
        add();
      for (auto i = seed % 5; i > 0; --i)
        t.sched.step();
      batch.on_phase = [&](std::string_view) {
        if (seed % 3 == 2)
          t.sched.post(add);
      };
      REQUIRE(batch.commit());
      REQUIRE(batch.adopt(10s));
      t.sched.run_until_idle();
      CHECK(t.heard(p) == strings{"ok"});
      CHECK(t.versions() == strings{"ear late 2.0.0", "nose n 1.0.0"});
      CHECK(t.is_alive(t.bus));
      CHECK(t.node.crash_count() == 0);
    });
  }

  TEST_CASE("a manager waits at the gates of its handlers' modules alone") {
    hall t;
    t.add_handler({"nose", "n"});
    // Behind closed gates of `ear` the manager runs on, until it has an ear.
    auto& gates = t.node.all_gates();
    gates.close({"ear"});
    t.sound_out(1);
    t.sched.run_until_idle();
    CHECK(told("n") == up_to(1));
    bool was_added = false;
    const auto p = t.start_probe();
    t.task_in(p, [&](probe_state&) -> task<std::string> {
      const event_handler name{"ear", "a"};
      const auto done = co_await event::add_handler("bus", name, {}, 1h);
      was_added = static_cast<bool>(done);
      co_return "";
    });
    CHECK_FALSE(was_added);
    CHECK(log() == strings{"n init -", "n 1"});
    t.sound_out(2);
    t.sched.run_until_idle();
    CHECK(told("n") == up_to(1));
    gates.open();
    t.sched.run_until_idle();
    CHECK(was_added);
    CHECK(told("n") == up_to(2));
    // Without it, at its next joining, it is back at the others' only.
    REQUIRE(event::delete_handler(t.node, t.bus, {"ear", "a"}));
    t.load(bank::version_1);
    CHECK_FALSE(event::add_handler(t.node, t.bus, "bank"));
    gates.close({"ear"});
    t.sound_out(3);
    t.sched.run_until_idle();
    CHECK(told("n") == up_to(3));
    gates.open();
  }

  TEST_CASE("a swap that a handler asks for waits for the other's gate") {
    hall t;
    t.add_handler({"nose", "n"});
    auto& gates = t.node.all_gates();
    gates.close({"ear"});
    t.sound_out(1, "n", "swap ear e");
    t.sound_out(2);
    t.sched.run_until_idle();
    CHECK(log() == strings{"n init -", "n 1"});
    gates.open();
    t.sched.run_until_idle();
    CHECK(log() == strings{"n init -", "n 1", R"(n ends swapped "parting")",
                           R"(e init {"last":"n"})", "e 2"});
  }

  TEST_CASE("a suspended manager is converted by sys and all or nothing") {
    for_seeds(10, [](std::uint64_t seed) {
      hall t(seed);
      t.add_handler({"ear", "a"});
      t.add_handler({"nose", "n"});
      t.add_handler({"ear", "b"});
      const bool fails = seed % 2 == 0;
      if (fails)
        event::notify(t.node, t.bus, spoil{"a"});
      t.sched.run_until_idle();
      auto* next = t.add(ear_2);
      t.node.code().commit({{next}, {}});
      REQUIRE(sys::suspend(t.node, t.bus));
      CHECK(static_cast<bool>(sys::change_code(t.node, t.bus, {})) != fails);
      REQUIRE(sys::resume(t.node, t.bus));
      const std::string vsn = fails ? "1.0.0" : "2.0.0";
      CHECK(t.versions() ==
            strings{"ear b " + vsn, "nose n 1.0.0", "ear a " + vsn});
      t.sound_out(1);
      t.sched.run_until_idle();
      CHECK(count_of(t, {"ear", "a"}) == 1);
    });
  }

  TEST_CASE("sys converts the handlers of the named module and no others") {
    for_seeds(10, [](std::uint64_t seed) {
      hall t(seed);
      t.add_handler({"ear", "a"});
      t.add_handler({"nose", "n"});
      t.add_handler({"ear", "b"});
      const bool fails = seed % 2 == 0;
      if (fails)
        event::notify(t.node, t.bus, spoil{"b"});
      t.sched.run_until_idle();
      t.node.code().commit({{t.add(ear_2), t.add(nose_2)}, {}});
      const auto change = [&](const std::string& module) {
        return static_cast<bool>(
            sys::change_code(t.node, t.bus, {}, default_call_timeout, module));
      };
      REQUIRE(sys::suspend(t.node, t.bus));
      CHECK(change("other"));
      CHECK(t.versions() ==
            strings{"ear b 1.0.0", "nose n 1.0.0", "ear a 1.0.0"});
      CHECK(change("ear") != fails);
      const std::string vsn = fails ? "1.0.0" : "2.0.0";
      CHECK(t.versions() ==
            strings{"ear b " + vsn, "nose n 1.0.0", "ear a " + vsn});
      // What cannot be converted is in nobody else's way.
      CHECK(change("nose"));
      CHECK(t.versions() ==
            strings{"ear b " + vsn, "nose n 2.0.0", "ear a " + vsn});
      REQUIRE(sys::resume(t.node, t.bus));
      t.sound_out(1);
      t.sched.run_until_idle();
      CHECK(count_of(t, {"ear", "a"}) == 1);
    });
  }

  TEST_CASE("each handler's format_status says what is shown of its state") {
    hall t;
    t.load(nose_2);
    t.add_handler({"nose", "n"});
    t.sound_out(1);
    t.add_handler({"nose", "m"});
    t.add_handler({"ear", "a"});
    t.sched.run_until_idle();
    const auto rows = [&] {
      const auto status = sys::get_status(t.node, t.bus);
      REQUIRE(status);
      return status->at("state").as_array();
    };
    CHECK(rows().at(0).at("state").at("count") == 0);
    CHECK(rows().at(1) ==
          value{{"module", "nose"}, {"id", "m"}, {"state", {{"smelled", 0}}}});
    CHECK(rows().at(2).at("state") == value{{"smelled", 1}});
    // get_state has it all.
    CHECK(count_of(t, {"nose", "n"}) == 1);
    for (int i = 0; i < 12; ++i)
      t.sound_out(2);
    t.sched.run_until_idle();
    CHECK(rows().at(1).at("state") == value{{"smelled", 12}});
    CHECK(rows().at(2) ==
          value{{"module", "nose"},
                {"id", "n"},
                {"state", nullptr},
                {"error", "nose:format_status crashed: thirteen"}});
    CHECK(count_of(t, {"nose", "n"}) == 13);
  }

  TEST_CASE("a rehearsal converts the state of each handler") {
    hall t;
    for (const auto* id : {"a", "b", "c"})
      t.add_handler({"ear", id});
    t.add_handler({"nose", "n"});
    event::notify(t.node, t.bus, spoil{"b"});
    t.sched.run_until_idle();
    auto* next = t.add(ear_2);
    for (const bool isolated : {false, true}) {
      CAPTURE(isolated);
      rehearsal_options options;
      options.isolated = isolated;
      const auto report = rehearse(
          t.node, std::vector<module_upgrade>{change_to(next)}, options);
      REQUIRE(report);
      REQUIRE(report->modules.size() == 1);
      const auto& ear = report->modules[0];
      CHECK(ear.processes == 3);
      CHECK(ear.up.succeeded == 2);
      CHECK(ear.up.failed == 1);
      CHECK(ear.down.succeeded == 2);
      CHECK(ear.left_out == 0);
    }
  }

  TEST_CASE("old code is free when all handlers have gone over") {
    hall t;
    t.add_handler({"ear", "a"});
    auto* next = t.add(ear_2);
    upgrade batch(t.node, {change_to(next)}, {});
    REQUIRE(bank::run_upgrade(batch));
    CHECK(t.node.code().check_soft_purge("ear"));
    REQUIRE(event::delete_handler(t.node, t.bus, {"ear", "a"}));
    CHECK(next->box_count == 0);
  }
}

}  // namespace instar::test::listeners
