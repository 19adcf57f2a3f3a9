#include "release_handler/probation.hpp"

#include "tests/support/test_node.hpp"

#include <doctest/doctest.h>

#include <string>

TEST_SUITE_BEGIN("release_handler/probation");

using namespace instar;
using namespace std::chrono_literals;
using release_handler::probation;
using verdict = release_handler::probation::verdict;

namespace {

class watched : public test::test_node {
public:
  appup::probation_spec rules;

  watched() {
    rules.seconds = 10s;
    rules.max_restarts = 2;
  }
  void crash(const std::string& module, duration ago = {}) {
    node.crashes().note({crash_entry::kind::process,
                         {1, 1},
                         "",
                         module,
                         "error: broken",
                         sched.now() - ago});
  }
  probation begin() { return probation({node, rules, {"kv"}, {}}); }
};

}  // namespace

TEST_CASE("as many crashes as are allowed are survived and one more is not") {
  watched t;
  auto first = t.begin();
  t.crash("kv");
  t.crash("kv");
  t.crash("other");
  const auto began = t.sched.now();
  CHECK(first.watch() == verdict::passed);
  CHECK(t.sched.now() - began == 10s);

  auto second = t.begin();
  for (int i = 0; i < 3; ++i)
    t.crash("kv");
  CHECK(second.watch() == verdict::failed);
  CHECK(second.why() ==
        "3 crashes since the installation, where 2 are allowed and the 10 s "
        "before it had 2; the last: 0.1.1 (kv): error: broken");
}

TEST_CASE("what crashed as often before is not held against a release") {
  watched t;
  t.sched.advance(1min);
  t.crash("kv", 11s);
  for (int i = 0; i < 4; ++i)
    t.crash("kv", 9s);
  auto same = t.begin();
  for (int i = 0; i < 4; ++i)
    t.crash("kv");
  CHECK(same.watch() == verdict::passed);

  t.sched.advance(1min);
  for (int i = 0; i < 4; ++i)
    t.crash("kv", 9s);
  auto more = t.begin();
  for (int i = 0; i < 5; ++i)
    t.crash("kv");
  CHECK(more.watch() == verdict::failed);
}

TEST_CASE("a supervisor that gives up fails a release without any limit") {
  watched t;
  t.rules.max_restarts.reset();
  auto one = t.begin();
  for (int i = 0; i < 100; ++i)
    t.crash("kv");
  t.node.crashes().note({crash_entry::kind::supervisor,
                         {2, 1},
                         "top",
                         "kv_sup",
                         "reached its maximum restart intensity",
                         t.sched.now()});
  CHECK(one.watch() == verdict::failed);
  CHECK(one.why() ==
        "a supervisor gave up: 0.2.1 top (kv_sup) reached its maximum restart "
        "intensity");
}

TEST_CASE("the first decision about a probation counts") {
  watched t;
  auto one = t.begin();
  CHECK(one.end());
  CHECK_FALSE(one.fail("late"));
  CHECK(one.watch() == verdict::ended);
  CHECK(one.why() == "");
  auto other = t.begin();
  CHECK(other.fail("cancelled"));
  CHECK_FALSE(other.end());
  CHECK(other.watch() == verdict::failed);
  CHECK(other.why() == "cancelled");
}

TEST_SUITE_END();
