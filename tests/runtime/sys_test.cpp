// What an operator asks of a process.
#include "runtime/scheduler.hpp"
#include "tests/support/bank.hpp"
#include "tests/support/test_supervisor.hpp"

namespace instar::test::bank {
namespace {

using strings = std::vector<std::string>;

/// A coroutine in `p` that waits for ever.
void have_wait(test_node& t, pid p) {
  const auto silent = t.start_probe();
  const auto keep_quiet =
      add_function(plain_function([](probe_state&, const from&) {}));
  t.task_in(p, [=](probe_state&) -> task<std::string> {
    (void)co_await call(silent, run_plain{keep_quiet}, 1h);
    co_return "";
  });
}

}  // namespace

TEST_SUITE("runtime/sys") {
  TEST_CASE("suspend and resume are idempotent and hold all but sys") {
    for_seeds(30, [](std::uint64_t seed) {
      test_node t(seed);
      const auto p = t.start_probe();
      REQUIRE(sys::suspend(t.node, p));
      REQUIRE(sys::suspend(t.node, p));
      t.node.cast(p, say{"a"});
      const auto held = t.node.call<std::string>(p, ask{"b"}, 1s);
      REQUIRE_FALSE(held);
      CHECK(held.error().code == errc::timeout);
      CHECK(t.heard(p).empty());
      REQUIRE(sys::resume(t.node, p));
      REQUIRE(sys::resume(t.node, p));
      t.sched.run_until_idle();
      // A call that timed out is executed all the same, as in OTP.
      CHECK(t.heard(p) == strings{"cast a", "call b"});
    });
  }

  TEST_CASE("the state is shown and replaced as JSON") {
    test_node t;
    const auto p = t.start_probe();
    t.node.cast(p, say{"a"});
    t.sched.run_until_idle();
    const value shown = boost::json::object{
        {"number", 0}, {"heard", boost::json::array{"cast a"}}};
    const auto state = sys::get_state(t.node, p);
    REQUIRE(state);
    CHECK(*state == shown);
    const auto replaced =
        sys::replace_state(t.node, p, boost::json::object{{"number", 5}});
    REQUIRE(replaced);
    CHECK(replaced->at("number") == 5);
    CHECK(t.heard(p).empty());
    CHECK(t.is_alive(p));
  }

  TEST_CASE("a state that does not fit is refused and the old one kept") {
    test_node t;
    const auto p = t.start_probe();
    t.in(p, [](probe_state& s) { s.number = 3; });
    CHECK_FALSE(sys::replace_state(t.node, p,
                                   boost::json::object{{"number", "three"}}));
    CHECK_FALSE(
        sys::replace_state(t.node, p, boost::json::object{{"other", 1}}));
    const auto state = sys::get_state(t.node, p);
    REQUIRE(state);
    CHECK(state->at("number") == 3);
  }

  TEST_CASE("the status says what a process is and does") {
    test_node t;
    const auto p = t.start_probe("named");
    auto status = sys::get_status(t.node, p);
    REQUIRE(status);
    CHECK(status->at("name") == "named");
    CHECK(status->at("module") == "probe");
    CHECK(status->at("behaviour") == "gen_server");
    CHECK(status->at("vsn") == "1.0.0");
    CHECK(status->at("status") == "running");
    CHECK(status->at("parent").is_null());
    REQUIRE(sys::suspend(t.node, p));
    status = sys::get_status(t.node, p);
    REQUIRE(status);
    CHECK(status->at("status") == "suspended");
  }

  TEST_CASE("modules and children are those of the process") {
    family t;
    supervisor_spec spec;
    spec.children = {t.child("a")};
    const auto top = t.start_supervisor(spec);
    const auto modules = sys::get_modules(t.node, top);
    REQUIRE(modules);
    CHECK(*modules == strings{"test_sup"});
    const auto children = sys::children(t.node, top);
    REQUIRE(children);
    REQUIRE(children->as_array().size() == 1);
    CHECK(children->at(0).at("id") == "a");
    CHECK(children->at(0).at("pid") == value(to_string(t.node.whereis("a"))));
    const auto child = sys::get_status(t.node, t.node.whereis("a"));
    REQUIRE(child);
    CHECK(child->at("parent") == value(to_string(top)));
    const auto none = sys::children(t.node, t.node.whereis("a"));
    REQUIRE_FALSE(none);
    CHECK(none.error().code == errc::not_supported);
    const auto replaced = sys::replace_state(t.node, top, {});
    REQUIRE_FALSE(replaced);
    CHECK(replaced.error().code == errc::not_supported);
  }

  TEST_CASE("many are asked at once and one that is busy holds up none") {
    test_node t;
    const auto free = t.start_probe("free");
    const auto quiet = t.start_probe();
    REQUIRE(sys::suspend(t.node, quiet));
    const auto busy = t.start_probe();
    t.task_in(busy, [quiet](probe_state&) -> task<std::string> {
      const auto got = co_await call(quiet, make<ask>("x"), 1h);
      (void)got;
      co_return "";
    });
    const auto gone = t.start_probe();
    t.exit(gone, exit_reason::kill());
    const auto before = t.sched.now();
    const std::vector<pid> asked = {busy, gone, free, quiet};
    const auto said = sys::summaries(t.node, asked, 300ms);
    REQUIRE(said.size() == 4);
    CHECK(said[0].error().code == errc::timeout);
    CHECK(said[1].error().code == errc::noproc);
    CHECK(said[2]->at("name") == "free");
    CHECK(said[3]->at("status") == "suspended");
    CHECK(t.sched.now() - before == 300ms);
    const auto after = t.sched.now();
    CHECK(sys::summaries(t.node, std::vector{free, quiet}).size() == 2);
    CHECK(t.sched.now() == after);
    CHECK(t.sched.missed_notifies() == 0);
    // The answer that comes when nobody waits any more is dropped.
    REQUIRE(sys::resume(t.node, quiet));
    t.sched.run_until_idle();
    CHECK(t.is_alive(busy));
  }

  TEST_CASE("a supervisor lists as many children as are wanted") {
    family t;
    supervisor_spec spec;
    spec.children = {t.child("a"), t.child("b"), t.child("c")};
    const auto top = t.start_supervisor(spec);
    const auto two = sys::children(t.node, top, 5s, 2);
    REQUIRE(two);
    REQUIRE(two->as_array().size() == 2);
    CHECK(two->at(1).at("id") == "b");
    CHECK(sys::summary(t.node, top).value().at("child_count") == 3);
  }

  TEST_CASE("requests to a process that has ended fail at once") {
    test_node t;
    const auto p = t.start_probe();
    t.exit(p, exit_reason::kill());
    const auto began = t.sched.now();
    const auto refused = [](const auto& answer) {
      REQUIRE_FALSE(answer);
      CHECK(answer.error().code == errc::noproc);
    };
    refused(sys::suspend(t.node, p));
    refused(sys::resume(t.node, p));
    refused(sys::get_state(t.node, p));
    refused(sys::replace_state(t.node, p, {}));
    refused(sys::get_status(t.node, p));
    refused(sys::get_modules(t.node, p));
    refused(sys::change_code(t.node, p, {}));
    refused(sys::terminate(t.node, p, exit_reason::normal()));
    CHECK(t.sched.now() == began);
  }

  TEST_CASE("a process that ends with requests waiting refuses them") {
    for_seeds(30, [](std::uint64_t seed) {
      test_node t(seed);
      const auto p = t.start_probe();
      have_wait(t, p);
      t.sched.post([&] { t.node.send_exit({}, p, exit_reason::kill()); });
      const auto answer = sys::get_state(t.node, p);
      REQUIRE_FALSE(answer);
      CHECK(answer.error().code == errc::noproc);
      CHECK(t.sched.missed_notifies() == 0);
    });
  }

  TEST_CASE("a request waits for a handler that waits and is served after it") {
    test_node t;
    const auto p = t.start_probe();
    const auto helper = t.start_probe();
    REQUIRE(sys::suspend(t.node, helper));
    t.task_in(p, [=](probe_state& s) -> task<std::string> {
      s.heard.push_back("begun");
      (void)co_await call(helper, make<ask>("a"), 1h);
      s.heard.push_back("done");
      co_return "";
    });
    const auto late = sys::get_state(t.node, p, 1s);
    REQUIRE_FALSE(late);
    CHECK(late.error().code == errc::timeout);
    REQUIRE(sys::resume(t.node, helper));
    CHECK(t.heard(p) == strings{"begun", "done"});
  }

  TEST_CASE("terminate ends a process the ordinary way") {
    for_seeds(30, [](std::uint64_t seed) {
      test_node t(seed);
      const auto p = t.start_probe();
      REQUIRE(sys::suspend(t.node, p));
      REQUIRE(sys::terminate(t.node, p, exit_reason::error("asked")));
      t.sched.run_until_idle();
      CHECK_FALSE(t.is_alive(p));
      CHECK(terminations() == strings{to_string(p) + " error: asked"});
    });
  }

  TEST_CASE("the code of one suspended process is changed") {
    branch t;
    const auto a = t.open_account();
    const auto b = t.open_account();
    t.node.cast(a, item{0, 1});
    t.sched.run_until_idle();
    t.node.code().commit({{t.add(version_2)}, {}});
    const auto refused = sys::change_code(t.node, a, 5);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::unknown_system_msg);
    REQUIRE(sys::suspend(t.node, a));
    t.node.cast(a, item{0, 2});
    REQUIRE(sys::change_code(t.node, a, 5));
    CHECK(t.version_of(a) == "2.0.0");
    CHECK(t.version_of(b) == "1.0.0");
    // Once more: it is there already.
    REQUIRE(sys::change_code(t.node, a, 6));
    REQUIRE(sys::resume(t.node, a));
    t.sched.run_until_idle();
    CHECK(history(a) == "1.0.0 s1 2.0.0 s2");
    const auto state = sys::get_state(t.node, a);
    REQUIRE(state);
    CHECK(*state == value(boost::json::object{
                        {"note", "1.0.0 to 2.0.0"}, {"count", 2}, {"by", 5}}));
    CHECK(t.first->box_count.load() == 1);
  }

  TEST_CASE("a change of code that fails leaves the state and the old code") {
    branch t;
    const auto a = t.open_account();
    t.node.cast(a, poison{true});
    t.sched.run_until_idle();
    REQUIRE(sys::suspend(t.node, a));
    t.node.code().commit({{t.add(version_2)}, {}});
    const auto thrown = sys::change_code(t.node, a, {});
    REQUIRE_FALSE(thrown);
    CHECK(thrown.error().code == errc::code_change_failed);
    t.node.code().commit({{t.add(version_3)}, {}});
    const auto misfit = sys::change_code(t.node, a, {});
    REQUIRE_FALSE(misfit);
    CHECK(misfit.error().code == errc::layout_mismatch);
    CHECK(t.version_of(a) == "1.0.0");
    const auto state = sys::get_state(t.node, a);
    REQUIRE(state);
    CHECK(state->at("fails") == true);
    CHECK(t.is_alive(a));
  }

  TEST_CASE("a process that sys takes to new code leaves the batch in peace") {
    branch t;
    const auto a = t.open_account();
    const auto b = t.open_account();
    auto* second = t.add(version_2);
    upgrade batch(t.node, {change_to(second)}, {});
    REQUIRE(batch.check());
    REQUIRE(batch.prepare());
    // Nothing to change to yet.
    REQUIRE(sys::suspend(t.node, a));
    REQUIRE(sys::change_code(t.node, a, {}));
    CHECK(t.version_of(a) == "1.0.0");
    REQUIRE(batch.commit());
    REQUIRE(batch.adopt(10s));
    CHECK(t.version_of(a) == "2.0.0");
    CHECK(t.version_of(b) == "2.0.0");
  }
}

}  // namespace instar::test::bank
