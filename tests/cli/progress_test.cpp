#include "cli/progress.hpp"

#include <doctest/doctest.h>

namespace instar::cli {
namespace {

class shown {
public:
  explicit shown(bool is_terminal)
      : progress_([this](std::string_view text) { text_ += text; },
                  is_terminal) {}

  shown& phase(const char* name, int at_us, boost::json::object more = {}) {
    more["event"] = "phase";
    more["phase"] = name;
    more["at_us"] = at_us;
    return event(std::move(more));
  }
  shown& event(const boost::json::object& one) {
    progress_.event(one);
    return *this;
  }
  std::string finish() {
    progress_.finish();
    return text_;
  }

private:
  std::string text_;
  progress progress_;
};

TEST_SUITE("cli/progress") {
  TEST_CASE("a hop is a line above its phases") {
    CHECK(shown(false)
              .event({{"event", "hop"},
                      {"from", "1"},
                      {"to", "2"},
                      {"hop", 1},
                      {"of", 2},
                      {"undo", false}})
              .phase("check", 0)
              .event({{"event", "hop"},
                      {"from", "2"},
                      {"to", "1"},
                      {"hop", 1},
                      {"of", 2},
                      {"undo", true}})
              .finish() ==
          "hop 1 of 2: 1 -> 2\n"
          "    0.0 ms  check\n"
          "hop 1 of 2: back 2 -> 1\n");
  }

  TEST_CASE("each phase is a line") {
    CHECK(shown(false).phase("check", 0).phase("prepare", 1500).finish() ==
          "    0.0 ms  check\n"
          "    1.5 ms  prepare\n");
  }

  TEST_CASE("a batch is named where there are several") {
    CHECK(shown(false)
              .phase("suspend", 10, {{"batch", 1}, {"of", 2}})
              .phase("suspend", 20, {{"batch", 2}, {"of", 2}})
              .finish() ==
          "    0.0 ms  suspend (batch 1 of 2)\n"
          "    0.0 ms  suspend (batch 2 of 2)\n");
  }

  TEST_CASE("a phase that goes on is shown once where nothing is redrawn") {
    CHECK(shown(false)
              .phase("convert", 0, {{"done", 1}, {"total", 9}})
              .phase("convert", 0, {{"done", 2}, {"total", 9}})
              .phase("commit", 0)
              .finish() ==
          "    0.0 ms  convert 1/9\n"
          "    0.0 ms  commit\n");
  }

  TEST_CASE("a terminal redraws the line of a phase that goes on") {
    CHECK(shown(true)
              .phase("convert", 0, {{"done", 1}, {"total", 9}})
              .phase("convert", 0, {{"done", 2}, {"total", 9}})
              .phase("commit", 0)
              .finish() ==
          "\r\x1b[K    0.0 ms  convert 1/9"
          "\r\x1b[K    0.0 ms  convert 2/9\n"
          "\r\x1b[K    0.0 ms  commit\n");
  }

  TEST_CASE("a terminal has a bar of how far the whole is") {
    CHECK(shown(true)
              .phase("check", 0, {{"batch", 0}, {"of", 2}})
              .phase("suspend", 0, {{"batch", 1}, {"of", 2}})
              .phase("adopt", 0, {{"batch", 2}, {"of", 2}})
              .finish() ==
          "\r\x1b[K    0.0 ms  check (batch 0 of 2)"
          "  [------------------------]"
          "\r\x1b[K    0.0 ms  check (batch 0 of 2)\n"
          "\r\x1b[K    0.0 ms  suspend (batch 1 of 2)"
          "  [######------------------]"
          "\r\x1b[K    0.0 ms  suspend (batch 1 of 2)\n"
          "\r\x1b[K    0.0 ms  adopt (batch 2 of 2)"
          "  [#####################---]"
          "\r\x1b[K    0.0 ms  adopt (batch 2 of 2)\n");
  }

  TEST_CASE("a text ends the line before it") {
    CHECK(shown(true)
              .phase("check", 0)
              .event({{"event", "log"}, {"text", "on\x1b it goes"}})
              .finish() ==
          "\r\x1b[K    0.0 ms  check\n"
          "            on? it goes\n");
  }

  TEST_CASE("what is not known is not shown") {
    CHECK(shown(false).event({{"event", "rehearsal"}}).event({}).finish() ==
          "");
  }
}

}  // namespace
}  // namespace instar::cli
