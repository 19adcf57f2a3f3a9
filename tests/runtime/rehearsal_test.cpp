// Conversions of live states into ones that are thrown away.
#include "runtime/rehearsal.hpp"

#include "runtime/memory_budget.hpp"
#include "runtime/module.hpp"
#include "tests/support/test_node.hpp"
#include "tests/support/test_supervisor.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace instar::test {
namespace {

/// What a vault does when it is converted, and converted back.
struct deposit {
  std::string what;
};
BOOST_DESCRIBE_STRUCT(deposit, (), (what))

namespace instar_v_vault_1 {
struct vault {
  std::int64_t number = 0;
  std::string what;
  std::map<std::string, std::vector<std::int64_t>> notes;
};
BOOST_DESCRIBE_STRUCT(vault, (), (number, what, notes))
}  // namespace instar_v_vault_1

namespace instar_v_vault_2 {
struct vault {
  std::string what;
  std::int64_t number = 0;
  std::map<std::string, std::vector<std::int64_t>> notes;
  std::vector<char> more;
};
BOOST_DESCRIBE_STRUCT(vault, (), (what, number, notes, more))
}  // namespace instar_v_vault_2

namespace instar_v_vault_3 {
struct vault {
  std::string what;
  std::int64_t number = 0;
  std::map<std::string, std::vector<std::int64_t>> notes;
  std::int64_t had_more = 0;
};
BOOST_DESCRIBE_STRUCT(vault, (), (what, number, notes, had_more))
}  // namespace instar_v_vault_3

using vault_1 = instar_v_vault_1::vault;
using vault_2 = instar_v_vault_2::vault;
using vault_3 = instar_v_vault_3::vault;

int converted = 0;

struct first_version : gen_server<vault_1> {
  static vault_1 init(const value& args) {
    vault_1 made;
    made.number = args.at("number").to_number<std::int64_t>();
    made.what = args.at("what").as_string();
    made.notes = {{"a", {1, 2}}, {"b", {3}}};
    return made;
  }
  static void handle_cast(vault_1& s, const deposit& m) { s.what = m.what; }
};

template <bool HasEffects>
struct second_version : gen_server<vault_2> {
  static constexpr bool code_change_has_effects = HasEffects;
  static vault_2 init(const value&) { return {}; }
  static vault_2 code_change(const vault_1& old, const change&) {
    ++converted;
    if (old.what == "throw")
      throw std::runtime_error("no room");
    if (old.what == "hang") {
      for (;;)
        ::pause();
    }
    if (old.what == "crash")
      ::raise(SIGSEGV);
    if (old.what == "exit")
      ::_exit(7);
    vault_2 made{old.what, old.number, old.notes, {}};
    made.more.resize(old.what == "large" ? 100'000 : 10);
    return made;
  }
  static vault_1 code_change_down(const vault_2& old, const change&) {
    if (old.what == "no way back")
      throw std::runtime_error("forgotten");
    vault_1 made{old.number, old.what, old.notes};
    if (old.what == "lossy")
      made.notes["b"].back() = 4;
    return made;
  }
};

struct third_version : gen_server<vault_3> {
  static vault_3 init(const value&) { return {}; }
  static vault_3 code_change(const vault_2& old, const change& about) {
    if (old.what == "late" || old.more.size() != 10 ||
        about.from_vsn != std::string("2.0.0"))
      throw std::runtime_error("too late");
    if (old.what == "late crash")
      ::raise(SIGSEGV);
    return {old.what, old.number, old.notes,
            static_cast<std::int64_t>(old.more.size())};
  }
  static vault_2 code_change_down(const vault_3& old, const change&) {
    const auto size = old.what == "late lossy" ? 9 : old.had_more;
    return {old.what, old.number, old.notes,
            std::vector<char>(static_cast<std::size_t>(size))};
  }
};

constinit const module_descriptor version_1 =
    detail::make_descriptor<first_version>("vault", "1.0.0", false);
constinit const module_descriptor version_2 =
    detail::make_descriptor<second_version<false>>("vault", "2.0.0", false);
constinit const module_descriptor version_3 =
    detail::make_descriptor<third_version>("vault", "3.0.0", false);
constinit const module_descriptor version_with_effects =
    detail::make_descriptor<second_version<true>>("vault", "2.0.0", false);

class bank_node : public test_node {
public:
  explicit bank_node(std::optional<std::uint64_t> seed = {})
      : test_node(seed), first(load(version_1)) {
    converted = 0;
  }
  pid open(const std::string& what, const std::string& name = {}) {
    return start("vault", boost::json::object{{"number", 1}, {"what", what}},
                 name);
  }
  module_upgrade to(const module_descriptor& version) {
    auto made = node.code().add_builtin(version);
    REQUIRE(made);
    module_upgrade change;
    change.module = "vault";
    change.next = *made;
    change.is_suspended = change.is_converted = true;
    return change;
  }
  module_rehearsal rehearse(rehearsal_options options = {},
                            const module_descriptor& version = version_2) {
    const auto report = instar::rehearse(node, {to(version)}, options);
    REQUIRE(report);
    CHECK(report->isolated == options.isolated);
    REQUIRE(report->modules.size() == 1);
    return report->modules.front();
  }
  /// Two batches, one after the other.
  std::vector<module_rehearsal> rehearse_both(
      rehearsal_options options = {},
      const module_descriptor& version = version_2) {
    const rehearsal_batches both{{to(version)}, {to(version_3)}};
    const auto report = instar::rehearse(node, both, options);
    REQUIRE(report);
    REQUIRE(report->modules.size() == 2);
    CHECK(report->modules[0].batch == 0);
    CHECK(report->modules[1].batch == 1);
    CHECK(report->modules[1].from_vsn == "2.0.0");
    CHECK(report->modules[1].to_vsn == "3.0.0");
    return report->modules;
  }
  std::string state_of(pid who) {
    const auto state = sys::get_state(node, who);
    REQUIRE(state);
    return std::string(state->at("what").as_string());
  }
  instance* first;
};

rehearsal_options isolated() {
  rehearsal_options options;
  options.isolated = true;
  return options;
}

std::string text_of(const rehearsal_fault& one) {
  return one.name + " " + one.where + ": " + one.why;
}

}  // namespace

TEST_SUITE("runtime/rehearsal") {
  TEST_CASE("every state is converted and thrown away") {
    for_seeds(20, [](std::uint64_t seed) {
      bank_node t(seed);
      std::vector<pid> all;
      for (int i = 0; i < 100; ++i)
        all.push_back(t.open("gold"));
      const auto went = t.rehearse();
      CHECK(went.processes == 100);
      CHECK(went.left_out == 0);
      CHECK(went.up.succeeded == 100);
      CHECK(went.up.failed == 0);
      CHECK(went.down.succeeded == 100);
      CHECK(went.compared == 0);
      CHECK(went.faults.empty());
      CHECK(converted == 100);
      CHECK(went.from_vsn == "1.0.0");
      CHECK(went.to_vsn == "2.0.0");
      if (are_allocations_charged())
        CHECK(went.bytes >= 100 * 200);
      for (const auto who : all)
        CHECK(t.state_of(who) == "gold");
      CHECK(t.first->box_count == 100);
    });
  }

  TEST_CASE("who throws is named and the others are converted all the same") {
    bank_node t;
    for (int i = 0; i < 99; ++i)
      t.open("gold");
    const auto bad = t.open("throw", "bad");
    const auto went = t.rehearse();
    CHECK(went.up.succeeded == 99);
    CHECK(went.up.failed == 1);
    REQUIRE(went.faults.size() == 1);
    CHECK(went.faults.front().process == bad);
    CHECK(text_of(went.faults.front()) ==
          "bad up: code_change of vault in process " + to_string(bad) +
              " bad failed: no room");
    CHECK(t.state_of(bad) == "throw");
  }

  TEST_CASE("the way back is rehearsed too") {
    bank_node t;
    t.open("gold");
    const auto bad = t.open("no way back", "bad");
    const auto went = t.rehearse();
    CHECK(went.up.succeeded == 2);
    CHECK(went.down.succeeded == 1);
    CHECK(went.down.failed == 1);
    REQUIRE(went.faults.size() == 1);
    CHECK(text_of(went.faults.front()) ==
          "bad down: code_change of vault in process " + to_string(bad) +
              " bad failed: forgotten");
  }

  TEST_CASE("up and down again must give the state that there was") {
    bank_node t;
    t.open("gold");
    t.open("lossy", "bad");
    rehearsal_options options;
    options.round_trip = true;
    const auto went = t.rehearse(options);
    CHECK(went.compared == 2);
    CHECK(went.differing == 1);
    REQUIRE(went.faults.size() == 1);
    CHECK(text_of(went.faults.front()) ==
          R"(bad round_trip: field notes["b"][0] is 4, not 3)");
  }

  TEST_CASE("a conversion with effects is not rehearsed but is told of") {
    bank_node t;
    t.open("gold");
    for (const bool apart : {false, true}) {
      rehearsal_options options;
      options.isolated = apart;
      const auto went = t.rehearse(options, version_with_effects);
      CHECK(went.has_effects);
      CHECK(went.processes == 1);
      CHECK(went.up.succeeded == 0);
    }
    CHECK(converted == 0);
  }

  TEST_CASE("a conversion with effects is called once by an upgrade") {
    bank_node t;
    const auto who = t.open("gold");
    upgrade batch(t.node, {t.to(version_with_effects)}, {});
    REQUIRE(batch.check());
    REQUIRE(batch.prepare());
    CHECK(converted == 0);
    t.node.cast(who, deposit{"silver"});
    t.sched.run_until_idle();
    REQUIRE(batch.commit());
    REQUIRE(batch.adopt(5s));
    CHECK(converted == 1);
    CHECK(t.state_of(who) == "silver");
  }

  TEST_CASE("a second state has the memory that a batch may take") {
    if (!are_allocations_charged())
      return;
    bank_node t;
    t.open("gold");
    t.open("large", "bad");
    rehearsal_options options;
    options.memory_limit_bytes = 50'000;
    const auto went = t.rehearse(options);
    CHECK(went.up.succeeded == 1);
    REQUIRE(went.faults.size() == 1);
    CHECK(text_of(went.faults.front()) ==
          "bad up: it allocates more than 50000 bytes");
  }

  TEST_CASE("in a child a crash and a hang are found and harm nobody") {
    bank_node t;
    for (int i = 0; i < 10; ++i)
      t.open("gold");
    t.open("crash", "crasher");
    t.open("exit", "leaver");
    t.open("hang", "hanger");
    const auto thrower = t.open("throw", "thrower");
    for (int i = 0; i < 10; ++i)
      t.open("gold");
    auto options = isolated();
    options.convert_timeout = 50ms;
    const auto went = t.rehearse(options);
    CHECK(went.processes == 24);
    CHECK(went.up.succeeded == 20);
    CHECK(went.up.failed == 4);
    CHECK(went.down.succeeded == 20);
    CHECK(went.left_out == 0);
    // The child's conversions count nothing here.
    CHECK(converted == 0);
    std::vector<std::string> texts;
    for (const auto& one : went.faults)
      texts.push_back(text_of(one));
    std::sort(texts.begin(), texts.end());
    REQUIRE(texts.size() == 4);
    CHECK(texts[0].starts_with("crasher up: code_change "));
    CHECK(texts[1] == "hanger up: code_change did not return within 50 ms");
    CHECK(texts[2] ==
          "leaver up: code_change ended its process, with status 7");
    CHECK(texts[3] == "thrower up: code_change of vault in process " +
                          to_string(thrower) + " thrower failed: no room");
    t.node.cast(thrower, deposit{"gold"});
    t.sched.run_until_idle();
    CHECK(t.state_of(thrower) == "gold");
  }

  TEST_CASE("a later batch gets what the one before has made") {
    for (const bool apart : {false, true}) {
      CAPTURE(apart);
      bank_node t;
      for (int i = 0; i < 10; ++i)
        t.open("gold");
      t.open("late", "bad");
      t.open("throw", "early");
      t.open("late lossy", "lossy");
      rehearsal_options options;
      options.isolated = apart;
      options.round_trip = true;
      const auto both = t.rehearse_both(options);
      CHECK(both[0].up.succeeded == 12);
      CHECK(both[0].up.failed == 1);
      CHECK(both[0].down.succeeded == 12);
      CHECK(both[0].differing == 0);
      CHECK(both[1].processes == 13);
      CHECK(both[1].up.succeeded == 11);
      CHECK(both[1].up.failed == 1);
      CHECK(both[1].left_out == 1);
      CHECK(both[1].compared == 11);
      CHECK(both[1].differing == 1);
      std::vector<std::string> texts;
      for (const auto& one : both[1].faults)
        texts.push_back(one.name + " " + one.where);
      std::sort(texts.begin(), texts.end());
      CHECK(texts == std::vector<std::string>{"bad up", "lossy round_trip"});
      CHECK(t.first->box_count == 13);
    }
  }

  TEST_CASE("in a child the batch that crashes is told") {
    bank_node t;
    t.open("gold");
    t.open("late crash", "bad");
    t.open("gold");
    const auto both = t.rehearse_both(isolated());
    CHECK(both[0].up.succeeded == 3);
    CHECK(both[0].faults.empty());
    CHECK(both[1].up.succeeded == 2);
    REQUIRE(both[1].faults.size() == 1);
    CHECK(text_of(both[1].faults.front())
              .starts_with("bad up: code_change crashed: "));
  }

  TEST_CASE("behind a conversion with effects nothing is rehearsed") {
    bank_node t;
    t.open("gold");
    const auto both = t.rehearse_both({}, version_with_effects);
    CHECK(both[0].has_effects);
    CHECK(both[1].processes == 1);
    CHECK(both[1].left_out == 1);
    CHECK(converted == 0);
  }

  TEST_CASE("a later batch that does not fit is refused") {
    bank_node t;
    t.open("gold");
    const rehearsal_batches back{{t.to(version_2)}, {t.to(version_3)}};
    auto no_conversion = back;
    no_conversion[1][0].is_converted = false;
    const auto report = rehearse(t.node, no_conversion, {});
    REQUIRE_FALSE(report);
    CHECK(report.error().code == errc::layout_mismatch);
  }

  TEST_CASE("in a child up and down are compared as well") {
    bank_node t;
    t.open("lossy", "bad");
    auto options = isolated();
    options.round_trip = true;
    const auto went = t.rehearse(options);
    CHECK(went.differing == 1);
    REQUIRE(went.faults.size() == 1);
    CHECK(text_of(went.faults.front()) ==
          R"(bad round_trip: field notes["b"][0] is 4, not 3)");
  }

  TEST_CASE("nothing but states that are converted is rehearsed") {
    bank_node t;
    t.open("gold");
    auto only_owner = t.to(version_1);
    only_owner.is_converted = false;
    for (const bool apart : {false, true}) {
      rehearsal_options options;
      options.isolated = apart;
      const auto report = rehearse(t.node, {only_owner}, options);
      REQUIRE(report);
      CHECK(report->modules.empty());
      CHECK(report->ok());
    }
  }
}

}  // namespace instar::test
