// The observer's views, without a terminal.
#include "cli/observer_frame.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <clocale>
#include <string>

namespace instar::cli::test {
namespace {

constexpr screen_size room{100, 12};

boost::json::object parsed(std::string_view text) {
  return boost::json::parse({text.data(), text.size()}).as_object();
}

/// All lines, without the empty ones at the end.
std::string drawn(const observer_state& state, screen_size size = room) {
  std::string text;
  for (const auto& one : draw(state, size))
    text += one.text + '\n';
  return text;
}

observer_state answered(observer_view view) {
  observer_state state;
  state.node = "kv.sock";
  state.view = view;
  take_answer(state, "/v1/status", parsed(R"({"release": "kvd", "vsn": "1.0",
      "status": "permanent", "permanent": "1.0", "uptime_ms": 61000,
      "processes": 9, "connections": 1, "crashes": 2, "upgrade": null})"));
  return state;
}

/// The UTF-8 locale that every glibc has, until the end of the scope.
class utf8 {
public:
  utf8() { REQUIRE(std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr); }
  utf8(const utf8&) = delete;
  ~utf8() { std::setlocale(LC_CTYPE, "C"); }
};

}  // namespace

TEST_SUITE("cli/observer_frame") {
  TEST_CASE("before the node has answered that is said") {
    observer_state state;
    state.node = "kv.sock";
    CHECK(drawn(state) ==
          "instar observer  kv.sock\n"
          "asking the node\n"
          "[1 tree]  2 processes   3 schedulers   4 upgrades   every 1 s\n"
          "the node has not answered yet\n"
          "\n\n\n\n\n\n\n"
          "q quit  ? help  p pause  + - interval  Tab view\n");
    take_loss(state, "no node answers at kv.sock");
    const auto lost = draw(state, room);
    CHECK(lost[1].text == "LOST  no node answers at kv.sock; trying again");
    CHECK(lost[1].look == line_look::alarm);
  }

  TEST_CASE("processes are a table that scrolls under its titles") {
    auto state = answered(observer_view::processes);
    state.chosen.sort = "mailbox";
    state.chosen.is_reversed = true;
    state.chosen.name = "kv*";
    boost::json::array rows;
    for (int i = 0; i < 9; ++i) {
      rows.push_back(
          boost::json::object{{"pid", "0." + std::to_string(i) + ".1"},
                              {"name", "kv"},
                              {"mailbox", i}});
    }
    take_answer(state, "/v1/processes",
                {{"processes", rows}, {"matching", 50}, {"total", 90}});
    CHECK(drawn(state) ==
          "instar observer  kvd 1.0 (permanent)  kv.sock\n"
          "up 0:01:01  9 processes  1 connections  2 crashes\n"
          " 1 tree  [2 processes]  3 schedulers   4 upgrades   every 1 s\n"
          "50 of 90 processes, by mailbox, reversed, named kv*\n"
          "PID    NAME  MAILBOX\n"
          "0.0.1  kv          0\n"
          "0.1.1  kv          1\n"
          "0.2.1  kv          2\n"
          "0.3.1  kv          3\n"
          "0.4.1  kv          4\n"
          "0.5.1  kv          5\n"
          "q quit  ? help  p pause  + - interval  Tab view  s sort  r reverse  "
          "/ names\n");
    CHECK(last_scroll(state, room) == 3);
    // The rows that were below have gone meanwhile.
    state.scroll[1] = 7;
    CHECK(draw(state, room)[5].text == "0.3.1  kv          3");
    state.typed = "k";
    CHECK(draw(state, room).back().text == "names: k_");
    state.is_paused = true;
    CHECK(draw(state, room)[2].text.ends_with("PAUSED"));
  }

  TEST_CASE("workers show what they did since the sample before") {
    auto state = answered(observer_view::schedulers);
    const auto sample = [](std::int64_t cpu_us, std::int64_t age_us,
                           std::int64_t turns) {
      return boost::json::object{{"wanted", 1},
                                 {"run_queue", 3},
                                 {"shared_queue", 2},
                                 {"workers",
                                  {boost::json::object{{"worker", 1},
                                                       {"activity", "busy"},
                                                       {"turns", turns},
                                                       {"run_queue", 1},
                                                       {"cpu_us", cpu_us},
                                                       {"age_us", age_us}}}}};
    };
    // The first: since the worker began.
    take_answer(state, "/v1/schedulers", sample(250'000, 1'000'000, 100));
    CHECK(draw(state, room)[3].text ==
          "1 workers, 0 of them spare; 3 processes wait to run, 2 of them for "
          "any worker");
    CHECK(draw(state, room)[5].text ==
          "     1  busy       25 % [#####               ]      100          1");
    take_answer(state, "/v1/schedulers", sample(1'250'000, 3'000'000, 300));
    CHECK(draw(state, room)[5].text ==
          "     1  busy       50 % [##########          ]      100          1");
    // Another worker has taken the place of the first.
    take_answer(state, "/v1/schedulers", sample(90'000, 100'000, 5));
    CHECK(draw(state, room)[5].text ==
          "     1  busy       90 % [##################  ]       50          1");
  }

  TEST_CASE("numbers that no node has are shown as some number") {
    auto state = answered(observer_view::schedulers);
    for (const std::string text :
         {"-9223372036854775808", "9223372036854775807"}) {
      take_answer(state, "/v1/schedulers",
                  parsed(R"({"wanted": )" + text + R"(, "workers": [{"worker":
                      1, "turns": )" +
                         text + R"(, "cpu_us": )" + text + R"(, "age_us": )" +
                         text + "}]}"));
      CHECK(draw(state, room).size() == room.rows);
    }
    state.view = observer_view::tree;
    take_answer(state, "/v1/tree", parsed(R"({"applications": 7})"));
    CHECK(draw(state, room)[3].text.starts_with("TREE"));
    state.view = observer_view::processes;
    take_answer(state, "/v1/processes",
                parsed(R"({"processes": [7, {}, []]})"));
    CHECK(draw(state, room).size() == room.rows);
  }

  TEST_CASE("an upgrade under way is in the head of every view") {
    auto state = answered(observer_view::tree);
    take_answer(state, "/v1/status", parsed(R"({"release": "kvd", "vsn": "1.0",
        "status": "permanent", "upgrade": {"operation": "install of 1.1",
        "by": "bob", "since": "noon"}, "alarm": "not this one"})"));
    take_event(state,
               parsed(R"({"event": "phase", "phase": "prepare", "batch": 1,
        "of": 1, "at_us": 5, "done": 3, "total": 8})"));
    CHECK(draw(state, room)[1].text.ends_with("install of 1.1: prepare 3/8"));
    take_answer(state, "/v1/status",
                parsed(R"({"upgrade": null, "alarm": "go and look"})"));
    CHECK(draw(state, room)[1].text == "ALARM  go and look");
  }

  TEST_CASE("upgrades show the release and the events and the history") {
    auto state = answered(observer_view::upgrades);
    CHECK(drawn(state, {100, 30}).find("EVENTS\nnot heard yet\n") !=
          std::string::npos);
    take_event(state, parsed(R"({"event": "status"})"));
    CHECK(drawn(state, {100, 30}).find("none since the observer began") !=
          std::string::npos);
    take_event(state, parsed(R"({"event": "begin", "operation": "install",
        "from": "1.0", "to": "1.1", "by": "bob", "at": "noon"})"));
    take_answer(state, "/v1/history?last=100", parsed(R"({"history": [
        {"at": "ten", "by": "bob", "operation": "install", "outcome": "undone",
         "error": {"tag": "not_quiet", "message": "x"}},
        {"at": "noon", "by": "eve", "operation": "commit"}]})"));
    const auto text = drawn(state, {100, 30});
    const auto has = [&](std::string_view part) {
      return text.find(part) != std::string::npos;
    };
    CHECK(has("release    kvd 1.0 (permanent)\n"));
    CHECK(has("EVENTS\nnoon  install begins: 1.0 -> 1.1, by bob\n\n"));
    CHECK(
        has("HISTORY, the newest first\n"
            "AT    BY   OPERATION  OUTCOME  ERROR\n"
            "noon  eve  commit     -        -\n"
            "ten   bob  install    undone   not_quiet\n"));
  }

  TEST_CASE("the tree has a row for each process") {
    auto state = answered(observer_view::tree);
    take_answer(state, "/v1/tree?children=200", parsed(R"({"applications": [
        {"name": "kv", "vsn": "1.0", "running": true, "top": {"id": "kv",
         "name": "kv_sup", "pid": "0.1.1", "type": "supervisor", "module": "m",
         "vsn": "1.0", "status": "running", "mailbox": 3, "children": []}}]})"));
    const auto lines = draw(state, room);
    CHECK(lines[3].text.starts_with("TREE"));
    CHECK(lines[3].look == line_look::heading);
    CHECK(lines[5].text.ends_with(
        "kv  kv_sup  0.1.1  supervisor  m       1.0  running        3"));
  }

  TEST_CASE("no line is longer than the room and none holds what is obeyed") {
    auto state = answered(observer_view::processes);
    take_answer(state, "/v1/processes", parsed(R"({"matching": 1, "total": 1,
        "processes": [{"pid": "0.1.1", "name":
        "\u001b[2J\u0007\u009b\u202e\u200b end and some more of this text"}]})"));
    take_answer(state, "/v1/status", parsed(R"({"release": "a\u001bb\nc",
        "alarm": "\u001b]0;x\u0007"})"));
    for (const std::size_t columns : {40, 41, 55, 300}) {
      const auto lines = draw(state, {columns, 10});
      CHECK(lines.size() == 10);
      for (const auto& one : lines) {
        CHECK(one.text.size() <= columns);
        for (const char each : one.text)
          CHECK((each >= ' ' && each <= '~'));
      }
    }
    CHECK(draw(state, {300, 10})[5].text.find("?[2J???") != std::string::npos);
  }

  TEST_CASE("characters are cut by the columns that they take") {
    CHECK(cut("abc", 2) == "ab");
    CHECK(cut("abc", 9) == "abc");
    CHECK(cut("", 0) == "");
    // A locale of plain ASCII.
    CHECK(cut("\xc3\xa9", 9) == "??");
    const utf8 locale;
    CHECK(cut("\xc3\xa9t\xc3\xa9", 2) == "\xc3\xa9t");
    // Two columns wide.
    CHECK(cut("\xe6\xb1\x89\xe6\xb1\x89", 3) == "\xe6\xb1\x89");
    CHECK(cut("a\xe2\x80\xae\xe2\x80\x8b\xffz", 9) == "a???z");
    CHECK(cut("\xe6\xb1", 9) == "??");
  }

  TEST_CASE("a window that is too small says what is needed") {
    const auto state = answered(observer_view::tree);
    CHECK(drawn(state, {39, 20}) == "too small: 40 x 10 are needed\n");
    CHECK(drawn(state, {200, 9}) == "too small: 40 x 10 are needed\n");
    CHECK(drawn(state, {4, 1}) == "too \n");
    CHECK(drawn(state, {4, 0}) == "");
    CHECK(last_scroll(state, {39, 20}) == 0);
  }
}

}  // namespace instar::cli::test
