// What init may answer: a state, nothing, or an exception.
#include "tests/support/test_supervisor.hpp"

#include <optional>

namespace instar::test {
namespace {

namespace instar_v_choosy {
struct choosy {
  std::int64_t times = 0;
};
BOOST_DESCRIBE_STRUCT(choosy, (), (times))
}  // namespace instar_v_choosy

/// Starts where the environment of the test says so.
bool& is_wanted() {
  static bool wanted = false;
  return wanted;
}

struct choosy_module : gen_server<instar_v_choosy::choosy> {
  static std::optional<state_type> init(const value&) {
    if (!is_wanted())
      return std::nullopt;
    return state_type{1};
  }
};
constinit const module_descriptor choosy_1 =
    instar::detail::make_descriptor<choosy_module>("choosy", "1.0", false);

class choosy_family : public family {
public:
  choosy_family() {
    is_wanted() = false;
    load(choosy_1);
  }
  child_spec choosy(restart_type restart = restart_type::permanent) {
    child_spec made;
    made.id = "choosy";
    made.start.module = "choosy";
    made.restart = restart;
    return made;
  }
};

}  // namespace

TEST_SUITE("runtime/init") {
  TEST_CASE("an init that gives no state is ignored and no failure") {
    choosy_family t;
    const auto made = t.try_start("choosy");
    REQUIRE_FALSE(made);
    CHECK(made.error().code == errc::ignored);
    t.sched.run_until_idle();
    CHECK(t.logged.empty());
    CHECK(t.node.table().alive() == 0);
    is_wanted() = true;
    CHECK(t.try_start("choosy"));
  }

  TEST_CASE("a supervisor keeps a child that was ignored without a process") {
    choosy_family t;
    supervisor_spec spec;
    spec.children = {t.child("a"), t.choosy(), t.child("b")};
    const auto top = t.start_supervisor(spec);
    CHECK(t.node.whereis("a"));
    CHECK(t.node.whereis("b"));
    const auto counted =
        t.node.call<child_counts>(top, count_children{}).value();
    CHECK(counted.specs == 3);
    CHECK(counted.active == 2);
    // It is started like any other that does not run.
    is_wanted() = true;
    const auto reply = t.ask_supervisor(top, restart_child{"choosy"});
    CHECK(reply.error == "");
    CHECK(t.is_alive(reply.child));
    CHECK(t.node.call<child_counts>(top, count_children{}).value().active == 3);
  }

  TEST_CASE("a temporary child that was ignored is forgotten") {
    choosy_family t;
    supervisor_spec spec;
    spec.children = {t.choosy(restart_type::temporary), t.child("a")};
    const auto top = t.start_supervisor(spec);
    CHECK(t.node.call<child_counts>(top, count_children{}).value().specs == 1);
    const auto reply =
        t.ask_supervisor(top, start_child{t.choosy(restart_type::temporary)});
    CHECK(reply.error == "");
    CHECK_FALSE(reply.child);
    CHECK(t.node.call<child_counts>(top, count_children{}).value().specs == 1);
  }

  TEST_CASE("a dynamic child that was ignored is forgotten") {
    choosy_family t;
    supervisor_spec spec;
    spec.strategy = restart_strategy::simple_one_for_one;
    spec.children = {t.choosy()};
    const auto top = t.start_supervisor(spec);
    const auto reply = t.ask_supervisor(top, start_dynamic_child{});
    CHECK(reply.error == "");
    CHECK_FALSE(reply.child);
    CHECK(t.node.call<child_counts>(top, count_children{}).value().active == 0);
  }
}

}  // namespace instar::test
