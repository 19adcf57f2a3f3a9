// A supervisor in a batch takes its new specification over, its children run on.
#include "runtime/supervisor_changes.hpp"
#include "tests/support/bank.hpp"
#include "tests/support/test_supervisor.hpp"

namespace instar::test::bank {
namespace {

using strings = std::vector<std::string>;

/// The supervisor of which a second version has other specifications: args
/// {"spec": N} for the first, {"next": N} for the second.
struct next_supervisor : supervisor {
  static supervisor_spec init(const value& args) {
    return spec_of(boost::json::object{{"spec", args.at("next")}});
  }
};
constinit const module_descriptor next_version =
    detail::make_descriptor<next_supervisor>("test_sup", "2.0.0", false);

value both(supervisor_spec first, supervisor_spec second) {
  auto args = add_spec(std::move(first)).as_object();
  args["next"] = add_spec(std::move(second)).at("spec");
  return args;
}

module_upgrade to_next(instance* next) {
  module_upgrade made;
  made.module = "test_sup";
  made.next = next;
  made.is_suspended = made.is_converted = true;
  return made;
}

instance* add_next(test_node& t) {
  auto made = t.node.code().add_builtin(next_version);
  REQUIRE(made);
  return *made;
}

strings ids(const std::vector<child_info>& children) {
  strings found;
  for (const auto& one : children)
    found.push_back(one.id + (one.child ? "+" : "-"));
  return found;
}

}  // namespace

TEST_SUITE("runtime/upgrade_supervisor") {
  TEST_CASE("the specifications before and after are compared") {
    for_seeds(20, [](std::uint64_t seed) {
      family t(seed);
      supervisor_spec first;
      first.children = {t.child("a"), t.child("b"), t.child("c")};
      supervisor_spec second;
      second.children = {first.children[2], t.child("new"), first.children[0]};
      second.children.back().restart = restart_type::temporary;
      second.children.front().shutdown_ms = 7;
      const auto top = t.start("test_sup", both(first, second), "top");
      t.ask_supervisor(top, start_child{t.child("guest")});
      const auto changes = child_changes(
          t.node, *t.node.code().current("test_sup"), *add_next(t));
      REQUIRE(changes);
      strings found;
      for (const auto& one : *changes) {
        CHECK(one.supervisor == top);
        CHECK(one.supervisor_name == "top");
        auto text = one.id + (one.is_running ? "+" : "-");
        for (const auto& field : one.fields)
          text += " " + field;
        found.push_back(text);
      }
      CHECK(found == strings{"b+", "new-", "c+ shutdown", "a+ restart"});
      CHECK(ids(t.children(top)) == strings{"a+", "b+", "c+", "guest+"});
    });
  }

  TEST_CASE("simple_one_for_one neither comes nor goes with children") {
    family t;
    supervisor_spec first;
    first.children = {t.child("a")};
    auto second = first;
    second.strategy = restart_strategy::simple_one_for_one;
    t.start("test_sup", both(first, second));
    const auto changes =
        child_changes(t.node, *t.node.code().current("test_sup"), *add_next(t));
    REQUIRE_FALSE(changes);
    CHECK(changes.error().tag() == "bad_child_spec");
  }

  TEST_CASE("children with the same id run on under the new specification") {
    for_seeds(50, [](std::uint64_t seed) {
      family t(seed);
      supervisor_spec first;
      first.children = {t.child("a"), t.child("b"), t.child("c")};
      supervisor_spec second;
      second.strategy = restart_strategy::one_for_all;
      second.intensity = 7;
      second.children = {t.child("c"), t.child("new"),
                         t.child("a", restart_type::temporary)};
      const auto top = t.start("test_sup", both(first, second));
      const auto a = t.node.whereis("a");
      const auto b = t.node.whereis("b");
      const auto c = t.node.whereis("c");
      upgrade batch(t.node, {to_next(add_next(t))}, {});
      REQUIRE(run_upgrade(batch));
      CHECK(t.is_alive(a));
      CHECK(t.is_alive(b));
      CHECK(t.is_alive(c));
      // New ones are specified, not started; those gone are kept, as in OTP.
      CHECK(ids(t.children(top)) == strings{"c+", "new-", "a+", "b+"});
      const auto state = sys::get_state(t.node, top);
      REQUIRE(state);
      CHECK(state->at("strategy") == "one_for_all");
      CHECK(state->at("intensity") == 7);
      CHECK(t.ask_supervisor(top, restart_child{"new"}).error.empty());
      // The new restart type counts from now on.
      t.exit(a, exit_reason::error("x"));
      CHECK(ids(t.children(top)) == strings{"c+", "new+", "b+"});
      CHECK(t.node.whereis("c") == c);
      // And the new strategy.
      t.exit(c, exit_reason::error("x"));
      CHECK(t.node.whereis("b") != b);
      CHECK(t.is_alive(top));
    });
  }

  TEST_CASE("restarts before the upgrade count after it") {
    family t;
    supervisor_spec first;
    first.intensity = 2;
    first.children = {t.child("a")};
    const auto top = t.start("test_sup", both(first, first));
    t.crash("a");
    t.crash("a");
    upgrade batch(t.node, {to_next(add_next(t))}, {});
    REQUIRE(run_upgrade(batch));
    CHECK(t.is_alive(top));
    t.crash("a");
    CHECK_FALSE(t.is_alive(top));
  }

  TEST_CASE("a specification that is no good refuses the batch") {
    family t;
    supervisor_spec first;
    first.children = {t.child("a")};
    supervisor_spec second;
    second.children = {t.child("a"), t.child("a")};
    const auto top = t.start("test_sup", both(first, second), "the_top");
    upgrade batch(t.node, {to_next(add_next(t))}, {});
    REQUIRE(batch.check());
    const auto done = batch.prepare();
    REQUIRE_FALSE(done);
    CHECK(done.error().code == errc::code_change_failed);
    CHECK(done.error().context == "test_sup 2.0.0 in supervisor " +
                                      to_string(top) +
                                      " the_top: two children are called a");
    t.crash("a");
    CHECK(t.node.whereis("a"));
    CHECK(t.is_alive(top));
  }

  TEST_CASE("dynamic children stay with their supervisor") {
    for_seeds(30, [](std::uint64_t seed) {
      family t(seed);
      supervisor_spec first;
      first.strategy = restart_strategy::simple_one_for_one;
      child_spec child;
      child.id = "conn";
      child.start.module = "probe";
      first.children = {child};
      const auto top = t.start("test_sup", both(first, first));
      for (int i = 0; i < 4; ++i)
        CHECK(t.ask_supervisor(top, start_dynamic_child{}).error.empty());
      upgrade batch(t.node, {to_next(add_next(t))}, {});
      REQUIRE(run_upgrade(batch));
      CHECK(t.children(top).size() == 4);
      REQUIRE(sys::terminate(t.node, top, exit_reason::shutdown()));
      t.sched.run_until_idle();
      CHECK(t.node.table().alive() == 0);
    });
  }

  TEST_CASE(
      "a child that ends while its supervisor is held is restarted after") {
    for_seeds(100, [](std::uint64_t seed) {
      family t(seed);
      supervisor_spec first;
      first.intensity = 10;
      first.children = {t.child("a"), t.child("b")};
      const auto top = t.start("test_sup", both(first, first));
      upgrade batch(t.node, {to_next(add_next(t))}, {});
      REQUIRE(batch.check());
      REQUIRE(batch.prepare());
      batch.on_phase = [&](std::string_view) {
        t.node.send_exit({}, t.node.whereis("a"), exit_reason::error("x"));
        t.sched.post([&] {
          t.node.send_exit({}, t.node.whereis("b"), exit_reason::kill());
        });
      };
      REQUIRE(batch.commit());
      REQUIRE(batch.adopt(10s));
      t.sched.run_until_idle();
      CHECK(t.is_alive(top));
      CHECK(t.node.whereis("a"));
      CHECK(t.node.whereis("b"));
    });
  }

  TEST_CASE("a supervisor that waits for a child's init is not quiet") {
    // Its child's init passes its own closed gate, and the batch goes on.
    for_seeds(100, [](std::uint64_t seed) {
      family t(seed);
      supervisor_spec first;
      first.children = {t.child("a")};
      const auto args = both(first, first);
      spawn_options options;
      options.start.module = "test_sup";
      options.start.args = args;
      const auto top = t.node.spawn(std::move(options));
      REQUIRE(top);
      for (auto i = seed % 8; i > 0; --i)
        t.sched.step();
      auto probes = module_upgrade{};
      probes.module = "probe";
      probes.is_suspended = true;
      upgrade batch(t.node, {to_next(add_next(t)), probes}, {});
      REQUIRE(run_upgrade(batch));
      CHECK(batch.report().attempts == 1);
      t.sched.run_until_idle();
      CHECK(t.node.whereis("a"));
      CHECK(t.is_alive(*top));
      const auto status = sys::get_status(t.node, *top);
      REQUIRE(status);
      CHECK(status->at("vsn") == "2.0.0");
    });
  }
}

}  // namespace instar::test::bank
