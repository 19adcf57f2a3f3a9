// The requests of a supervisor, and its dynamic children.
#include "tests/support/test_supervisor.hpp"

namespace instar::test {
namespace {

using strings = std::vector<std::string>;

supervisor_spec spec(restart_strategy strategy,
                     std::vector<child_spec> children,
                     std::int64_t intensity = 10) {
  supervisor_spec made;
  made.strategy = strategy;
  made.intensity = intensity;
  made.children = std::move(children);
  return made;
}

constexpr auto one_for_one = restart_strategy::one_for_one;
constexpr auto simple = restart_strategy::simple_one_for_one;

}  // namespace

TEST_SUITE("runtime/supervisor_request_test") {
  TEST_CASE("children are started stopped restarted and deleted by requests") {
    family t;
    const auto top = t.start_supervisor(spec(one_for_one, {t.child("a")}));
    auto reply = t.ask_supervisor(top, start_child{t.child("b")});
    CHECK(reply.error.empty());
    CHECK(reply.child == t.node.whereis("b"));
    CHECK(t.ask_supervisor(top, start_child{t.child("b")}).error ==
          "already_started");
    CHECK(t.ask_supervisor(top, delete_child{"b"}).error == "running");
    CHECK(t.ask_supervisor(top, restart_child{"b"}).error == "running");
    CHECK(t.ask_supervisor(top, terminate_child{"b", {}}).error.empty());
    CHECK_FALSE(t.node.whereis("b"));
    CHECK(t.ask_supervisor(top, start_child{t.child("b")}).error ==
          "already_present");
    const auto listed = t.children(top);
    REQUIRE(listed.size() == 2);
    CHECK(listed[0].id == "a");
    CHECK(listed[0].child == t.node.whereis("a"));
    CHECK(listed[0].modules == strings{"probe"});
    CHECK_FALSE(listed[1].child);
    CHECK(t.ask_supervisor(top, restart_child{"b"}).error.empty());
    CHECK(t.node.whereis("b"));
    CHECK(t.ask_supervisor(top, terminate_child{"b", {}}).error.empty());
    CHECK(t.ask_supervisor(top, delete_child{"b"}).error.empty());
    CHECK(t.ask_supervisor(top, delete_child{"b"}).error == "not_found");
    CHECK(t.ask_supervisor(top, terminate_child{"b", {}}).error == "not_found");
    CHECK(t.ask_supervisor(top, restart_child{"b"}).error == "not_found");
    const auto counts = t.node.call<child_counts>(top, count_children{});
    REQUIRE(counts);
    CHECK(counts->specs == 1);
    CHECK(counts->active == 1);
    CHECK(counts->workers == 1);
  }

  TEST_CASE("a child that cannot start is not remembered") {
    family t;
    const auto top = t.start_supervisor(spec(one_for_one, {}));
    t.fail_starts["a"] = 1;
    const auto reply = t.ask_supervisor(top, start_child{t.child("a")});
    CHECK(reply.error == "init_failed");
    CHECK(reply.detail == "cannot start a");
    CHECK(t.children(top).empty());
    CHECK(t.ask_supervisor(top, start_child{t.child("a")}).error.empty());
  }

  TEST_CASE("a child that was stopped on purpose is not restarted") {
    for_seeds(30, [](std::uint64_t seed) {
      family t(seed);
      const auto top = t.start_supervisor(spec(one_for_one, {t.child("a")}, 0));
      CHECK(t.ask_supervisor(top, terminate_child{"a", {}}).error.empty());
      t.sched.run_until_idle();
      CHECK(t.is_alive(top));
      CHECK_FALSE(t.node.whereis("a"));
    });
  }

  TEST_CASE("an unknown request fails at once") {
    family t;
    const auto top = t.start_supervisor(spec(one_for_one, {}));
    const auto answer = t.node.call<std::string>(top, ask{"a"});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == errc::bad_message);
    CHECK(t.is_alive(top));
  }

  TEST_CASE("simple_one_for_one starts as many of one kind as asked for") {
    for_seeds(30, [](std::uint64_t seed) {
      family t(seed);
      child_spec one;
      one.id = "conn";
      one.start.module = "probe";
      one.restart = restart_type::transient;
      const auto top = t.start_supervisor(spec(simple, {one}));
      std::vector<pid> all;
      for (int i = 0; i < 5; ++i) {
        const auto reply = t.ask_supervisor(top, start_dynamic_child{});
        CHECK(reply.error.empty());
        all.push_back(reply.child);
      }
      CHECK(t.children(top).size() == 5);
      CHECK(t.ask_supervisor(top, start_child{one}).error ==
            "simple_one_for_one");
      t.in(all[0], [](probe_state&) { stop(); });
      CHECK(t.children(top).size() == 4);
      t.exit(all[1], exit_reason::kill());
      CHECK(t.children(top).size() == 4);
      CHECK(t.ask_supervisor(top, terminate_child{{}, all[2]}).error.empty());
      CHECK(t.ask_supervisor(top, terminate_child{{}, all[2]}).error ==
            "not_found");
      CHECK(t.children(top).size() == 3);
      REQUIRE(sys::terminate(t.node, top, exit_reason::shutdown()));
      t.sched.run_until_idle();
      CHECK(t.node.table().alive() == 0);
    });
  }

  TEST_CASE("the arguments of a dynamic child are laid over the template's") {
    family t;
    strings told;
    const auto note = add_function(plain_function(
        [&](probe_state&, const from&) { told.push_back("started"); }));
    child_spec one;
    one.id = "conn";
    one.start.module = "probe";
    one.start.args = boost::json::object{{"fail", "no args given"}};
    const auto top = t.start_supervisor(spec(simple, {one}));
    CHECK(t.ask_supervisor(top, start_dynamic_child{}).detail ==
          "no args given");
    one.start.args = boost::json::object{{"run", note}, {"other", 1}};
    const auto second = t.start_supervisor(spec(simple, {one}));
    CHECK(t.ask_supervisor(
               second, start_dynamic_child{boost::json::object{{"other", 2}}})
              .error.empty());
    CHECK(told == strings{"started"});
  }
}

}  // namespace instar::test
