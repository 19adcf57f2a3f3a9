#include "release_handler/metrics.hpp"

#include "tests/release_handler/exposition_parser.hpp"

#include <doctest/doctest.h>

#include <string>

namespace instar::release_handler {
namespace {

value end_of(const char* operation, const char* outcome, std::int64_t pause) {
  return boost::json::object{{"event", "end"},
                             {"operation", operation},
                             {"outcome", outcome},
                             {"pause_us", pause}};
}

std::map<std::string, double> written(const install_counters& from) {
  exposition to;
  write_installs(to, from.now());
  return test::read_exposition(to.take());
}

}  // namespace

TEST_SUITE("release_handler/metrics") {
  TEST_CASE("installations are counted by how they ended") {
    install_counters counters;
    const auto none = written(counters);
    CHECK(none.at(R"(instar_installs_total{operation="install",)"
                  R"(outcome="installed"})") == 0);
    counters.note(end_of("install", "installed", 2'000));
    counters.note(end_of("install", "installed", 20'000));
    counters.note(end_of("rollback", "installed", 3'000'000));
    counters.note(end_of("install", "undone", 0));
    counters.note(end_of("commit", "permanent", 0));
    counters.note(boost::json::object{{"event", "begin"}});
    const auto some = written(counters);
    CHECK(some.at(R"(instar_installs_total{operation="install",)"
                  R"(outcome="installed"})") == 2);
    CHECK(some.at(R"(instar_installs_total{operation="rollback",)"
                  R"(outcome="installed"})") == 1);
    CHECK(some.at(R"(instar_installs_total{operation="install",)"
                  R"(outcome="undone"})") == 1);
    const std::string bucket = "instar_install_pause_seconds_bucket";
    CHECK(some.at(bucket + R"({le="0.001"})") == 0);
    CHECK(some.at(bucket + R"({le="0.0025"})") == 1);
    CHECK(some.at(bucket + R"({le="0.025"})") == 2);
    CHECK(some.at(bucket + R"({le="2.5"})") == 2);
    CHECK(some.at(bucket + R"({le="+Inf"})") == 3);
    CHECK(some.at("instar_install_pause_seconds_count") == 3);
    CHECK(some.at("instar_install_pause_seconds_sum") ==
          doctest::Approx(3.022));
  }

  TEST_CASE("mailboxes are a summary") {
    exposition to;
    write_mailboxes(to, {0, 7, 0, 0, 0, 0, 0, 0, 0, 3});
    const auto some = test::read_exposition(to.take());
    CHECK(some.at(R"(instar_mailbox_length{quantile="0.5"})") == 0);
    CHECK(some.at(R"(instar_mailbox_length{quantile="0.9"})") == 3);
    CHECK(some.at(R"(instar_mailbox_length{quantile="1"})") == 7);
    CHECK(some.at("instar_mailbox_length_sum") == 10);
    CHECK(some.at("instar_mailbox_length_count") == 10);
    write_mailboxes(to, {});
    CHECK(test::read_exposition(to.take()).size() == 2);
  }

  TEST_CASE("labels and help are escaped") {
    exposition to;
    to.family("a", "gauge", "back\\slash\nline");
    to.sample("a", {{"l", "quote \" back\\slash\nline"}, {"m", ""}}, 1.5);
    const auto text = to.take();
    CHECK(text ==
          "# HELP a back\\\\slash\\nline\n# TYPE a gauge\n"
          "a{l=\"quote \\\" back\\\\slash\\nline\",m=\"\"} 1.5\n");
    CHECK(test::read_exposition(text).size() == 1);
  }

  TEST_CASE("the parser of these tests is strict") {
    const std::string head = "# HELP a b\n# TYPE a gauge\n";
    CHECK_NOTHROW(test::read_exposition(head + "a 1\n"));
    for (const auto& wrong :
         {std::string("a 1\n"), head + "a 1", head + "b 1\n", head + "a x\n",
          head + "a 1\na 1\n", head + "a{1=\"\"} 1\n", head + "a{l=\"\"\"} 1\n",
          head + head, std::string("# TYPE a gauge\na 1\n"),
          std::string("# HELP a b\n# TYPE a histogram\na_bucket{le=\"1\"} 2\n"
                      "a_bucket{le=\"+Inf\"} 1\n"),
          std::string("# HELP a b\n# TYPE a histogram\na_bucket{le=\"1\"} 2\n"
                      "a_sum 1\n")}) {
      CAPTURE(wrong);
      CHECK_THROWS(test::read_exposition(wrong));
    }
  }
}

}  // namespace instar::release_handler
