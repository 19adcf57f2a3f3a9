#include "cli/observer_state.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <string>

namespace instar::cli::test {
namespace {

constexpr screen_size room{100, 30};

boost::json::object parsed(std::string_view text) {
  return boost::json::parse({text.data(), text.size()}).as_object();
}

observer_step press(observer_state& state, char key) {
  return take_key(state, {key_press::character, key}, room);
}
observer_step press(observer_state& state, key_press::kind key) {
  return take_key(state, {key}, room);
}

/// So many processes.
boost::json::object processes(int count) {
  boost::json::array rows;
  for (int i = 0; i < count; ++i)
    rows.push_back(boost::json::object{{"pid", std::to_string(i)}});
  return {{"processes", rows}, {"matching", count}, {"total", count}};
}

}  // namespace

TEST_SUITE("cli/observer_state") {
  TEST_CASE("keys change the view and have it asked for") {
    observer_state state;
    CHECK(wanted(state, room) ==
          std::vector<std::string>{"/v1/status", "/v1/tree?children=200"});
    CHECK(press(state, '2') == observer_step::ask);
    CHECK(wanted(state, room).back() == "/v1/processes?limit=130");
    CHECK(press(state, key_press::tab) == observer_step::ask);
    CHECK(wanted(state, room).back() == "/v1/schedulers");
    CHECK(press(state, '4') == observer_step::ask);
    CHECK(wanted(state, room).back() == "/v1/history?last=100");
    CHECK(press(state, key_press::tab) == observer_step::ask);
    CHECK(state.view == observer_view::tree);
    CHECK(press(state, key_press::back_tab) == observer_step::ask);
    CHECK(state.view == observer_view::upgrades);
    CHECK(press(state, 'x') == observer_step::none);
    CHECK(press(state, key_press::enter) == observer_step::none);
    CHECK(press(state, 'q') == observer_step::quit);
  }

  TEST_CASE("processes are sorted by the next column and back and reversed") {
    observer_state state;
    CHECK(press(state, 's') == observer_step::none);
    CHECK(press(state, 'r') == observer_step::none);
    CHECK(press(state, '/') == observer_step::none);
    press(state, '2');
    state.chosen.sort = "status";
    CHECK(press(state, 's') == observer_step::ask);
    CHECK(state.chosen.sort == "mailbox");
    press(state, 's');
    CHECK(state.chosen.sort == "pid");
    press(state, 'S');
    press(state, 'r');
    CHECK(wanted(state, room).back() ==
          "/v1/processes?sort=mailbox&reverse=true&limit=130");
  }

  TEST_CASE("a pattern of names is typed and mended and taken or not") {
    observer_state state;
    press(state, '2');
    CHECK(press(state, '/') == observer_step::draw);
    for (const char one : std::string_view("kqx\xc3\xa9"))
      CHECK(press(state, one) == observer_step::draw);
    CHECK(*state.typed == "kqx\xc3\xa9");
    press(state, key_press::backspace);
    CHECK(*state.typed == "kqx");
    press(state, key_press::backspace);
    press(state, '*');
    CHECK(press(state, key_press::down) == observer_step::none);
    CHECK(state.chosen.name == "");
    CHECK(press(state, key_press::enter) == observer_step::ask);
    CHECK(state.chosen.name == "kq*");
    press(state, '/');
    press(state, 'z');
    CHECK(press(state, key_press::escape) == observer_step::draw);
    CHECK(state.chosen.name == "kq*");
    press(state, '/');
    for (int i = 0; i < 1000; ++i)
      press(state, 'y');
    CHECK(state.typed->size() == 100);
    for (int i = 0; i < 101; ++i)
      press(state, key_press::backspace);
    CHECK(state.typed->empty());
  }

  TEST_CASE("one scrolls as far as there are rows and no further") {
    observer_state state;
    press(state, '2');
    CHECK(press(state, key_press::down) == observer_step::none);
    take_answer(state, "/v1/processes?limit=130", processes(40));
    // 30 rows: 4 around, 2 of heading.
    CHECK(press(state, key_press::end) == observer_step::ask);
    CHECK(state.scroll[1] == 16);
    CHECK(press(state, 'j') == observer_step::none);
    CHECK(press(state, 'k') == observer_step::ask);
    CHECK(state.scroll[1] == 15);
    CHECK(wanted(state, room).back() == "/v1/processes?limit=145");
    CHECK(press(state, key_press::page_down) == observer_step::ask);
    CHECK(state.scroll[1] == 16);
    CHECK(press(state, key_press::page_up) == observer_step::ask);
    CHECK(state.scroll[1] == 0);
    press(state, key_press::end);
    CHECK(press(state, key_press::home) == observer_step::ask);
    CHECK(state.scroll[1] == 0);
    press(state, key_press::end);
    // Another order begins at the top.
    press(state, 's');
    CHECK(state.scroll[1] == 0);
  }

  TEST_CASE("the interval and the pause and the help are switched by keys") {
    observer_state state;
    CHECK(press(state, '+') == observer_step::draw);
    CHECK(state.interval == std::chrono::seconds(2));
    for (int i = 0; i < 20; ++i)
      press(state, '+');
    CHECK(state.interval == std::chrono::minutes(1));
    for (int i = 0; i < 20; ++i)
      press(state, '-');
    CHECK(state.interval == std::chrono::milliseconds(100));
    state.interval = std::chrono::milliseconds(700);
    press(state, '-');
    CHECK(state.interval == std::chrono::milliseconds(500));
    CHECK(press(state, 'p') == observer_step::draw);
    CHECK(state.is_paused);
    CHECK(press(state, ' ') == observer_step::ask);
    CHECK_FALSE(state.is_paused);
    CHECK(press(state, '?') == observer_step::draw);
    CHECK(state.shows_help);
    CHECK(press(state, key_press::escape) == observer_step::draw);
    CHECK_FALSE(state.shows_help);
    CHECK(press(state, key_press::escape) == observer_step::none);
  }

  TEST_CASE("the history is asked for again when something has ended") {
    observer_state state;
    press(state, '4');
    REQUIRE(wanted(state, room).size() == 2);
    take_answer(state, "/v1/history?last=100", parsed(R"({"history": []})"));
    CHECK(wanted(state, room) == std::vector<std::string>{"/v1/status"});
    take_event(state, parsed(R"({"event": "end", "operation": "install"})"));
    CHECK(wanted(state, room).size() == 2);
    take_answer(state, "/v1/history?last=100", parsed(R"({"history": []})"));
    take_loss(state, "gone");
    CHECK(state.lost == "gone");
    CHECK(wanted(state, room).size() == 2);
    take_answer(state, "/v1/status", parsed(R"({"upgrade": null})"));
    CHECK(state.lost == "");
  }

  TEST_CASE("events are kept and a phase takes the place of itself") {
    observer_state state;
    state.deaf = "no events: 16 watch already";
    take_event(state, parsed(R"({"event": "status"})"));
    CHECK(state.deaf == "");
    CHECK(state.events.empty());
    take_event(state, parsed(R"({"event": "begin", "operation": "install",
        "from": "1.0", "to": "1.1", "by": "bob", "at": "noon"})"));
    for (const int done : {1, 2}) {
      boost::json::object phase{
          {"event", "phase"}, {"phase", "prepare"}, {"batch", 1}, {"of", 2},
          {"at_us", 1000},    {"done", done},       {"total", 2}};
      take_event(state, phase);
      CHECK(state.events.size() == 2);
      CHECK(state.phase == "prepare (batch 1 of 2)");
      CHECK(state.phase_progress == " " + std::to_string(done) + "/2");
      phase["batch"] = 2;
      phase["event"] = "silence";
      CHECK(state.events.back() == "      1.0 ms  prepare (batch 1 of 2)");
    }
    take_event(state, parsed(R"({"event": "phase", "phase": "suspend", "of": 1,
        "at_us": 2000})"));
    CHECK(state.events.size() == 3);
    take_event(state, parsed(R"({"event": "end", "operation": "install", "to":
        "1.1", "outcome": "installed", "by": "bob", "at": "noon"})"));
    CHECK(state.events.size() == 4);
    CHECK(state.phase == "");
    CHECK(state.phase_progress == "");
    for (int i = 0; i < 500; ++i)
      take_event(state, parsed(R"({"event": "lost", "count": 1})"));
    CHECK(state.events.size() == 200);
  }

  TEST_CASE("an answer that is an error is told and keeps what was there") {
    observer_state state;
    press(state, '2');
    take_answer(state, "/v1/processes", processes(2));
    take_answer(
        state, "/v1/processes",
        parsed(R"({"error": {"tag": "forbidden", "message": "not you"}})"));
    CHECK(state.refusal == "not you");
    CHECK(state.processes.at("total") == 2);
    take_answer(state, "/v1/processes", processes(3));
    CHECK(state.refusal == "");
  }
}

}  // namespace instar::cli::test
