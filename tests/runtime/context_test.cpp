// What a callback asks of the node instead of having libraries of its own: a log,
// the environment, files, the time.
#include "runtime/application_controller.hpp"
#include "tests/support/test_node.hpp"

namespace instar::test {
namespace {

using strings = std::vector<std::string>;

application_info store(const std::string& vsn) {
  application_info made;
  made.name = "store";
  made.vsn = vsn;
  made.env = {{"greeting", "I am " + vsn}};
  made.folder = "/srv/node/lib/store-" + vsn;
  return made;
}

strings& seen_by_start() {
  static strings all;
  return all;
}

/// An application whose callbacks ask.
struct asking_application : application {
  static start_spec start(const value& args) {
    seen_by_start().emplace_back(get_env("store", "greeting").as_string());
    seen_by_start().push_back(priv_dir("store"));
    log(log_level::info, "starts");
    return {"probe", args, "the_top"};
  }
  static void stop(const value&) { log(log_level::info, "has stopped"); }
};
constinit const module_descriptor asking_module =
    instar::detail::make_descriptor<asking_application>("store_app", "1.0.0",
                                                        false);

}  // namespace

TEST_SUITE("runtime/context") {
  TEST_CASE("a line of the log says which process wrote it") {
    test_node t;
    const auto named = t.start_probe("clerk");
    t.in(named, [](probe_state&) { log(log_level::warning, "out of ink"); });
    const auto nameless = t.start_probe();
    t.in(nameless, [](probe_state&) { log(log_level::debug, ""); });
    CHECK(t.logged == strings{to_string(named) + " clerk (probe): out of ink",
                              to_string(nameless) + " (probe): "});
  }

  TEST_CASE("the private folder is that of the version that runs") {
    test_node t;
    auto& all = t.node.applications();
    const auto p = t.start_probe();
    std::string found;
    const auto ask = [&](const char* name) {
      t.in(p, [&](probe_state&) { found = priv_dir(name); });
      return found;
    };
    CHECK(ask("store") == "");
    REQUIRE(all.load(store("1.0.0")));
    CHECK(ask("store") == "/srv/node/lib/store-1.0.0/priv");
    const auto before = all.snapshot();
    all.update({store("1.1.0")});
    CHECK(ask("store") == "/srv/node/lib/store-1.1.0/priv");
    all.restore(before);
    CHECK(ask("store") == "/srv/node/lib/store-1.0.0/priv");
    application_info builtin;
    builtin.name = "builtin";
    REQUIRE(all.load(builtin));
    CHECK(ask("builtin") == "");
    CHECK(ask("") == "");
  }

  TEST_CASE("the callbacks of an application may ask too") {
    test_node t;
    t.load(asking_module);
    seen_by_start().clear();
    auto about = store("1.0.0");
    about.start_module = "store_app";
    about.start_args = boost::json::object();
    auto& all = t.node.applications();
    REQUIRE(all.load(about));
    const auto started = all.start("store", application_start_type::permanent);
    REQUIRE_MESSAGE(started, started.error().message());
    CHECK(seen_by_start() ==
          strings{"I am 1.0.0", "/srv/node/lib/store-1.0.0/priv"});
    REQUIRE(all.stop("store"));
    REQUIRE(t.logged.size() == 2);
    CHECK(t.logged[0].ends_with(" (store_app): starts"));
    CHECK(t.logged[1].ends_with(" (store_app): has stopped"));
  }

  TEST_CASE("the clocks move with the node's and a timer keeps to them") {
    test_node t;
    const auto p = t.start_probe();
    std::chrono::milliseconds began{};
    std::chrono::milliseconds began_date{};
    timer_ref first;
    t.in(p, [&](probe_state&) {
      began = monotonic_time();
      began_date = system_time();
      first = send_after(1s, self(), say{"first"});
      send_after(2s, self(), say{"second"});
    });
    t.sched.advance(500ms);
    bool was_in_time = false;
    t.in(p, [&](probe_state&) {
      CHECK(monotonic_time() - began == 500ms);
      CHECK(system_time() - began_date == 500ms);
      was_in_time = cancel_timer(first);
    });
    CHECK(was_in_time);
    t.sched.advance(1499ms);
    CHECK(t.heard(p).empty());
    t.sched.advance(1ms);
    CHECK(t.heard(p) == strings{"info second"});
  }
}

}  // namespace instar::test
