// Applications: their order, their environment, what they refuse.
#include "runtime/application_controller.hpp"
#include "tests/support/test_supervisor.hpp"

#include <boost/json/serialize.hpp>

#include <stdexcept>

namespace instar::test {
namespace {

using strings = std::vector<std::string>;

strings& told() {
  static strings all;
  return all;
}

/// The callback module of an application; its args are the supervisor's.
struct test_application : application {
  static start_spec start(const value& args) {
    if (args.as_object().contains("fail"))
      throw std::runtime_error("start refused");
    told().push_back("start");
    return {"test_sup", args, "the_top"};
  }
  static void stop(const value&) { told().push_back("stop"); }
  static void start_phase(std::string_view phase, const value& args) {
    if (phase == "bad")
      throw std::runtime_error("phase refused");
    told().push_back(std::string(phase) + " " + boost::json::serialize(args) +
                     (instar::whereis("a") ? " with a" : ""));
  }
};
constinit const module_descriptor application_module =
    instar::detail::make_descriptor<test_application>("test_app", "1.0.0",
                                                      false);

application_info info(const std::string& name, strings needs = {}) {
  application_info made;
  made.name = name;
  made.vsn = "1.0.0";
  made.applications = std::move(needs);
  return made;
}

constexpr auto permanent = application_start_type::permanent;
constexpr auto transient = application_start_type::transient;
constexpr auto temporary = application_start_type::temporary;

/// With the callback module test_app, and one child `a` below `the_top`.
application_info app_with(family& t, const std::string& name) {
  auto made = info(name);
  made.start_module = "test_app";
  supervisor_spec spec;
  spec.children = {t.child("a")};
  made.start_args = add_spec(spec);
  return made;
}

}  // namespace

TEST_SUITE("runtime/application") {
  TEST_CASE("an application is loaded once and unloaded when it does not run") {
    test_node t;
    auto& all = t.node.applications();
    REQUIRE(all.load(info("one")));
    const auto twice = all.load(info("one"));
    REQUIRE_FALSE(twice);
    CHECK(twice.error().code == errc::already_loaded);
    REQUIRE(all.start("one", permanent));
    const auto running = all.unload("one");
    REQUIRE_FALSE(running);
    CHECK(running.error().code == errc::running);
    REQUIRE(all.stop("one"));
    REQUIRE(all.unload("one"));
    const auto gone = all.unload("one");
    REQUIRE_FALSE(gone);
    CHECK(gone.error().code == errc::not_loaded);
  }

  TEST_CASE("an application starts after those that it needs") {
    test_node t;
    auto& all = t.node.applications();
    REQUIRE(all.load(info("top", {"middle"})));
    REQUIRE(all.load(info("middle", {"base"})));
    REQUIRE(all.load(info("base")));
    const auto early = all.start("top", permanent);
    REQUIRE_FALSE(early);
    CHECK(early.error().code == errc::not_started);
    CHECK(early.error().context ==
          "application top needs middle, which is not started");
    REQUIRE(all.start("base", permanent));
    REQUIRE(all.start("middle", permanent));
    REQUIRE(all.start("top", permanent));
    const auto again = all.start("top", permanent);
    REQUIRE_FALSE(again);
    CHECK(again.error().code == errc::already_started);
    strings order;
    for (const auto& one : all.all())
      order.push_back(one.name);
    CHECK(order == strings{"base", "middle", "top"});
    const auto unknown = all.start("other", permanent);
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().code == errc::not_loaded);
  }

  TEST_CASE("stopping all goes in the reverse order of the start") {
    for_seeds(20, [](std::uint64_t seed) {
      family t(seed);
      auto& all = t.node.applications();
      for (const char* name : {"x", "y"}) {
        auto about = info(name);
        supervisor_spec spec;
        spec.children = {t.child(std::string(name) + "1"),
                         t.child(std::string(name) + "2")};
        about.start_module = "test_sup";
        about.start_args = add_spec(spec);
        REQUIRE(all.load(about));
        REQUIRE(all.start(name, permanent));
      }
      CHECK(t.events() == strings{"+x1", "+x2", "+y1", "+y2"});
      t.forget_events();
      const auto began = t.sched.now();
      all.stop_all();
      CHECK(t.events() == strings{"-y2 shutdown", "-y1 shutdown",
                                  "-x2 shutdown", "-x1 shutdown"});
      CHECK(t.sched.now() == began);
      CHECK(t.sched.missed_notifies() == 0);
      CHECK(t.node.table().alive() == 0);
    });
  }

  TEST_CASE("the callback module names the top and hears of the stop") {
    family t;
    t.load(application_module);
    told().clear();
    auto& all = t.node.applications();
    auto about = info("one");
    about.start_module = "test_app";
    supervisor_spec spec;
    spec.children = {t.child("a")};
    about.start_args = add_spec(spec);
    REQUIRE(all.load(about));
    REQUIRE(all.start("one", permanent));
    CHECK(all.all()[0].top == t.node.whereis("the_top"));
    REQUIRE(all.stop("one"));
    CHECK(told() == strings{"start", "stop"});
    CHECK_FALSE(t.node.whereis("the_top"));
    const auto again = all.stop("one");
    REQUIRE_FALSE(again);
    CHECK(again.error().code == errc::not_started);
  }

  TEST_CASE("a start that fails says why and leaves nothing running") {
    family t;
    t.load(application_module);
    auto& all = t.node.applications();
    auto refused = info("refused");
    refused.start_module = "test_app";
    refused.start_args = boost::json::object{{"fail", true}};
    REQUIRE(all.load(refused));
    auto done = all.start("refused", permanent);
    REQUIRE_FALSE(done);
    CHECK(done.error().context ==
          "application refused: start failed: start refused");
    auto broken = info("broken");
    broken.start_module = "test_sup";
    supervisor_spec spec;
    spec.children = {t.child("a"), t.child("b")};
    broken.start_args = add_spec(spec);
    t.fail_starts["b"] = 1;
    REQUIRE(all.load(broken));
    done = all.start("broken", permanent);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == errc::init_failed);
    auto missing = info("missing");
    missing.start_module = "nothing";
    REQUIRE(all.load(missing));
    done = all.start("missing", permanent);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == errc::no_such_module);
    t.sched.run_until_idle();
    CHECK(t.node.table().alive() == 0);
    for (const auto& one : all.all())
      CHECK_FALSE(one.is_running);
    REQUIRE(all.start("broken", permanent));
  }

  TEST_CASE("the end of a permanent application is the node's") {
    CHECK(application_end{"a", permanent, exit_reason::normal()}.ends_node());
    CHECK(application_end{"a", permanent, exit_reason::shutdown()}.ends_node());
    CHECK_FALSE(
        application_end{"a", transient, exit_reason::normal()}.ends_node());
    CHECK(application_end{"a", transient, exit_reason::shutdown()}.ends_node());
    CHECK(application_end{"a", transient, exit_reason::error("e")}.ends_node());
    CHECK_FALSE(
        application_end{"a", temporary, exit_reason::error("e")}.ends_node());
    CHECK(application_end{"a", transient, exit_reason::error("e")}.text() ==
          "application a (transient) has ended: error: e");
  }

  TEST_CASE("an application ends with its top supervisor") {
    for (const auto type : {permanent, transient, temporary}) {
      family t;
      t.load(application_module);
      told().clear();
      auto& all = t.node.applications();
      strings ends;
      all.on_end([&](const application_end& end) {
        ends.push_back(end.text() + (end.ends_node() ? "!" : ""));
      });
      REQUIRE(all.load(app_with(t, "one")));
      REQUIRE(all.start("one", type));
      REQUIRE(sys::terminate(t.node, t.node.whereis("the_top"),
                             exit_reason{"done", {}}));
      t.sched.run_until_idle();
      CHECK(ends ==
            strings{std::string("application one (") + to_string(type) +
                    ") has ended: done" + (type == temporary ? "" : "!")});
      CHECK(told() == strings{"start", "stop"});
      CHECK_FALSE(all.all()[0].is_running);
      // So that it can be started again.
      REQUIRE(all.start("one", type));
      CHECK(all.all()[0].is_running);
    }
  }

  TEST_CASE("an application that is stopped or unloaded has not ended") {
    family t;
    t.load(application_module);
    auto& all = t.node.applications();
    int ends = 0;
    all.on_end([&](const application_end&) { ++ends; });
    REQUIRE(all.load(app_with(t, "one")));
    REQUIRE(all.start("one", permanent));
    REQUIRE(all.stop("one"));
    REQUIRE(all.unload("one"));
    REQUIRE(all.load(app_with(t, "one")));
    REQUIRE(all.start("one", permanent));
    t.node.stop();
    CHECK(ends == 0);
  }

  TEST_CASE("a supervisor that gives up ends its application alone") {
    family t;
    t.load(application_module);
    auto& all = t.node.applications();
    strings ends;
    all.on_end([&](const application_end& end) { ends.push_back(end.text()); });
    REQUIRE(all.load(info("other")));
    REQUIRE(all.start("other", permanent));
    REQUIRE(all.load(app_with(t, "one")));
    REQUIRE(all.start("one", permanent));
    t.crash("a");
    t.crash("a");
    t.sched.run_until_idle();
    CHECK(ends == strings{"application one (permanent) has ended: shutdown"});
    CHECK(all.all()[0].name == "other");
    CHECK(all.all()[0].is_running);
    CHECK_FALSE(all.all()[1].is_running);
  }

  TEST_CASE("start phases come when the top supervisor runs") {
    family t;
    t.load(application_module);
    told().clear();
    auto& all = t.node.applications();
    auto about = app_with(t, "one");
    about.start_phases = {{"init", 1}, {"go", boost::json::object{}}};
    REQUIRE(all.load(about));
    REQUIRE(all.start("one", permanent));
    CHECK(told() == strings{"start", "init 1 with a", "go {} with a"});
    REQUIRE(all.stop("one"));
    told().clear();
    REQUIRE(all.start("one", permanent));
    CHECK(told().size() == 3);
  }

  TEST_CASE("included applications run the phases of the one that starts") {
    family t;
    t.load(application_module);
    told().clear();
    auto& all = t.node.applications();
    auto about = app_with(t, "top");
    about.start_phases = {{"init", "top"}, {"go", "top"}};
    about.included = {"left", "right"};
    REQUIRE(all.load(about));
    const auto load = [&](const std::string& name,
                          std::vector<application_phase> phases,
                          strings included) {
      auto made = info(name);
      made.start_module = "test_app";
      made.start_phases = std::move(phases);
      made.included = std::move(included);
      REQUIRE(all.load(made));
    };
    load("left", {{"go", "left"}, {"other", "left"}}, {"below"});
    load("right", {{"init", "right"}, {"go", "right"}}, {});
    load("below", {{"go", "below"}}, {});
    REQUIRE(all.start("top", permanent));
    CHECK(told() == strings{"start", "init \"top\" with a",
                            "init \"right\" with a", "go \"top\" with a",
                            "go \"left\" with a", "go \"below\" with a",
                            "go \"right\" with a"});
  }

  TEST_CASE("a phase that fails fails the start") {
    family t;
    t.load(application_module);
    auto& all = t.node.applications();
    auto about = app_with(t, "one");
    about.included = {"two", "three"};
    about.start_phases = {{"good", 1}, {"bad", 1}, {"late", 1}};
    REQUIRE(all.load(about));
    auto two = info("two");
    two.start_module = "test_app";
    two.start_phases = {{"bad", 1}};
    std::string why = "application one: start phase bad of one: phase refused";
    strings heard = {"start", "good 1 with a", "stop"};
    SUBCASE("it throws") {}
    SUBCASE("of an included one whose module has no phases") {
      about.start_phases = {{"go", 1}};
      two.start_module = "test_sup";
      two.start_phases = {{"go", 1}};
      why =
          "application one: start phase go of two: module test_sup has no "
          "start_phase";
      heard = {"start", "go 1 with a", "stop"};
    }
    SUBCASE("of an included one without a module") {
      about.start_phases = {{"go", 1}};
      two.start_module = "";
      two.start_phases = {{"go", 1}};
      why = "application one: start phase go of two: it has no module to call";
      heard = {"start", "go 1 with a", "stop"};
    }
    REQUIRE(all.unload("one"));
    REQUIRE(all.load(about));
    REQUIRE(all.load(two));
    told().clear();
    const auto done = all.start("one", permanent);
    REQUIRE_FALSE(done);
    CHECK(done.error().context == why);
    CHECK(told() == heard);
    t.sched.run_until_idle();
    CHECK(t.node.table().alive() == 0);
    CHECK_FALSE(all.all()[0].is_running);
  }

  TEST_CASE("an included application is started by the one that includes it") {
    family t;
    auto& all = t.node.applications();
    auto about = info("top");
    about.included = {"part"};
    REQUIRE(all.load(about));
    REQUIRE(all.load(info("part")));
    const auto direct = all.start("part", permanent);
    REQUIRE_FALSE(direct);
    CHECK(direct.error().code == errc::included);
    CHECK(direct.error().context ==
          "application part is included by top, which starts it");
    auto other = info("other");
    other.included = {"part"};
    const auto twice = all.load(other);
    REQUIRE_FALSE(twice);
    CHECK(twice.error().context ==
          "application part is included by top and by other");
    // Who needs it waits for the one that includes it.
    REQUIRE(all.load(info("user", {"part"})));
    const auto early = all.start("user", permanent);
    REQUIRE_FALSE(early);
    CHECK(early.error().code == errc::not_started);
    REQUIRE(all.start("top", permanent));
    REQUIRE(all.start("user", permanent));
    strings rows;
    for (const auto& one : all.all()) {
      rows.push_back(one.name + (one.is_running ? " runs" : "") +
                     (one.is_served ? " is served" : "") + " " +
                     one.included_by);
    }
    CHECK(rows == strings{"top runs is served ", "user runs is served ",
                          "part is served top"});
  }

  TEST_CASE("the environment is read set and replaced with a release") {
    test_node t;
    auto& all = t.node.applications();
    auto about = info("one");
    about.env = {{"port", 1}, {"host", "here"}};
    REQUIRE(all.load(about));
    CHECK(all.env("one", "port") == 1);
    CHECK(all.env("one", "none").is_null());
    CHECK(all.env("other", "port").is_null());
    value seen;
    t.in(t.start_probe(), [&](probe_state&) { seen = get_env("one", "host"); });
    CHECK(seen == "here");
    REQUIRE(all.set_env("one", "port", 2));
    CHECK_FALSE(all.set_env("other", "port", 2));
    const auto before = all.snapshot();
    auto next = about;
    next.vsn = "2.0.0";
    next.env = {{"port", 3}};
    all.update({next});
    CHECK(all.env("one", "port") == 3);
    CHECK(all.env("one", "host").is_null());
    CHECK(all.all()[0].vsn == "2.0.0");
    all.restore(before);
    CHECK(all.env("one", "port") == 2);
    CHECK(all.all()[0].vsn == "1.0.0");
  }
}

}  // namespace instar::test
