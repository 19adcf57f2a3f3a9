// State machines: what their actions do, in which order.
#include "runtime/sys.hpp"
#include "tests/support/bank.hpp"

#include <boost/json/serialize.hpp>

#include <functional>
#include <map>

namespace instar::test {
namespace {

namespace instar_v_lamp {
enum class glow { off, dim, bright };
BOOST_DESCRIBE_ENUM(glow, off, dim, bright)
struct lamp {
  glow at = glow::off;
  std::vector<std::string> heard;
};
BOOST_DESCRIBE_STRUCT(lamp, (), (at, heard))
}  // namespace instar_v_lamp
using instar_v_lamp::glow;
using instar_v_lamp::lamp;
using lamp_step = step<glow>;

/// Runs what the test gives.
struct act {
  std::uint64_t function = 0;
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(act, (), (function))
/// Heard in every state but `off`, which postpones it.
struct note {
  std::string text;
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(note, (), (text))
/// Heard wherever it comes.
struct mark {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(mark, (), (text))
/// Only `off` has a handler.
struct only_off {
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(only_off, (), ())
/// Asks another process and goes to `bright` with its answer.
struct consult {
  pid whom;
};
BOOST_DESCRIBE_STRUCT(consult, (), (whom))

using act_function = std::function<lamp_step(lamp&, const event_info&)>;

std::map<std::uint64_t, act_function>& functions() {
  static std::map<std::uint64_t, act_function> all;
  return all;
}
act does(act_function function) {
  const auto number = functions().size() + 1;
  functions()[number] = std::move(function);
  return {number};
}

std::string text_of(const event_info& e) {
  switch (e.type) {
    case event_type::call:
      return "call";
    case event_type::cast:
      return "cast";
    case event_type::info:
      return "info";
    case event_type::timeout:
      return "timeout";
    case event_type::state_timeout:
      return "state_timeout";
    case event_type::generic_timeout:
      return "timeout " + e.name;
    case event_type::internal:
      return "internal";
  }
  return "?";
}
template <class At>
std::string text_of(At at) {
  return at == At::off ? "off" : at == At::dim ? "dim" : "bright";
}

template <class Lamp>
struct lamp_handlers : gen_statem<Lamp, &Lamp::at> {
  using messages =
      instar::messages<act, note, mark, only_off, consult, timeout_message>;
  using S = decltype(Lamp::at);
  static lamp_step handle_event(Lamp& s, const act& m, const event_info& e) {
    return functions().at(m.function)(s, e);
  }
  static lamp_step handle_event(in<S::off>, Lamp&, const note&) {
    return postpone();
  }
  static lamp_step handle_event(Lamp& s, const note& m, const event_info& e) {
    s.heard.push_back(text_of(e) + " " + m.text + " in " + text_of(s.at));
    if (e.type != event_type::call)
      return keep_state();
    return keep_state().reply(e.caller, "noted " + m.text);
  }
  static void handle_event(Lamp& s, const mark& m, const event_info& e) {
    s.heard.push_back(text_of(e) + " " + m.text);
  }
  static void handle_event(Lamp& s, const timeout_message&,
                           const event_info& e) {
    s.heard.push_back(text_of(e));
  }
  static lamp_step handle_event(in<S::off>, Lamp&, const only_off&,
                                const event_info& e) {
    return keep_state().reply(e.caller, std::string("off"));
  }
  static task<lamp_step> handle_event(Lamp& s, const consult& m) {
    const ask question{"light"};
    auto answer = co_await call(m.whom, question);
    s.heard.push_back(answer ? *answer : answer.error().message());
    co_return next_state(S::bright);
  }
  static void enter(Lamp& s, const S& old) {
    s.heard.push_back(text_of(old) + " to " + text_of(s.at));
  }
};
struct lamp_module : lamp_handlers<lamp> {
  static lamp init(const value& args) {
    lamp made;
    if (args.is_string())
      throw std::runtime_error("no bulb");
    return made;
  }
};
/// Has first actions, and an enter call for one state alone.
struct torch_module : gen_statem<lamp, &lamp::at> {
  using messages = instar::messages<mark>;
  static initial<lamp> init(const value&) {
    return initial<lamp>(lamp{})
        .next_event(mark{"first"})
        .state_timeout(10ms, mark{"late"});
  }
  static lamp_step handle_event(lamp& s, const mark& m, const event_info& e) {
    s.heard.push_back(text_of(e) + " " + m.text);
    if (m.text == "late")
      return next_state(glow::dim);
    return keep_state();
  }
  static actions enter(in<glow::dim>, lamp& s, const glow&) {
    s.heard.push_back("dim");
    return actions().timeout("out", 5ms, mark{"out"});
  }
};

constinit const module_descriptor lamp_1 =
    instar::detail::make_descriptor<lamp_module>("lamp", "1.0", false);
constinit const module_descriptor torch_1 =
    instar::detail::make_descriptor<torch_module>("torch", "1.0", false);

class lamp_node : public test_node {
public:
  using test_node::test_node;
  lamp_node() {
    functions().clear();
    load(lamp_1);
    load(torch_1);
    p = start("lamp");
    sched.run_until_idle();
    take();
  }
  void does_now(act_function function) {
    node.cast(p, does(std::move(function)));
    sched.run_until_idle();
  }
  void go(glow to) {
    does_now([to](lamp&, const event_info&) { return next_state(to); });
  }
  void watch(pid other) {
    p = other;
    seen_ = 0;
    sched.run_until_idle();
  }
  template <class M>
  void tell(M m) {
    node.cast(p, std::move(m));
    sched.run_until_idle();
  }
  /// What it has heard since the last time.
  std::vector<std::string> take() {
    const auto state = sys::get_state(node, p);
    REQUIRE(state);
    std::vector<std::string> all;
    for (const auto& one : state->at("heard").as_array())
      all.emplace_back(one.as_string());
    all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(seen_));
    seen_ += all.size();
    return all;
  }
  std::string state() {
    return std::string(sys::get_state(node, p)->at("at").as_string());
  }
  pid p;

private:
  std::size_t seen_ = 0;
};

using lines = std::vector<std::string>;

}  // namespace

TEST_SUITE("runtime/gen_statem") {
  TEST_CASE("it starts in a state and enters it") {
    lamp_node t;
    const auto q = t.start("lamp");
    t.sched.run_until_idle();
    CHECK(sys::get_state(t.node, q).value() ==
          value{{"at", "off"}, {"heard", {"off to off"}}});
    CHECK(sys::get_status(t.node, q).value().at("behaviour") == "gen_statem");
    const auto failed = t.try_start("lamp", "broken");
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message().find("no bulb") != std::string::npos);
  }

  TEST_CASE("init may have first actions and an enter call may too") {
    lamp_node t;
    t.watch(t.start("torch"));
    CHECK(t.take() == lines{"internal first"});
    t.sched.advance(10ms);
    CHECK(t.take() == lines{"state_timeout late", "dim"});
    t.sched.advance(5ms);
    CHECK(t.take() == lines{"timeout out out"});
  }

  TEST_CASE("a change of state enters the new one and no change enters none") {
    lamp_node t;
    t.go(glow::dim);
    CHECK(t.state() == "dim");
    CHECK(t.take() == lines{"off to dim"});
    t.go(glow::dim);
    CHECK(t.take().empty());
    t.does_now([](lamp&, const event_info&) { return repeat_state(); });
    CHECK(t.take() == lines{"dim to dim"});
  }

  TEST_CASE("postponed events come again before later ones when it changes") {
    lamp_node t;
    t.tell(note{"a"});
    t.tell(note{"b"});
    t.tell(mark{"c"});
    CHECK(t.take() == lines{"cast c"});
    t.does_now([](lamp&, const event_info&) { return repeat_state(); });
    CHECK(t.take() == lines{"off to off"});
    t.node.cast(t.p, does([](lamp&, const event_info&) {
                  return next_state(glow::bright);
                }));
    t.node.cast(t.p, mark{"d"});
    t.sched.run_until_idle();
    CHECK(t.take() == lines{"off to bright", "cast a in bright",
                            "cast b in bright", "cast d"});
  }

  TEST_CASE("a postponed event is not lost where the new state postpones it") {
    lamp_node t;
    t.go(glow::dim);
    t.does_now([](lamp&, const event_info& e) -> lamp_step {
      if (e.type == event_type::cast)
        return next_state(glow::off);
      return keep_state();
    });
    t.take();
    t.tell(note{"a"});
    t.go(glow::dim);
    CHECK(t.take() == lines{"off to dim", "cast a in dim"});
  }

  TEST_CASE("a postponed call is answered in the state that can") {
    lamp_node t;
    const auto asking = t.start_probe();
    std::string answer;
    t.task_in(asking, [&](probe_state&) -> task<std::string> {
      const note m{"please"};
      auto got = co_await call(t.p, m);
      answer = got ? *got : got.error().message();
      co_return "";
    });
    CHECK(answer.empty());
    SUBCASE("when it has changed") {
      t.go(glow::dim);
      CHECK(answer == "noted please");
    }
    SUBCASE("or fails when the machine ends") {
      t.exit(t.p, exit_reason::error("switched off"));
      CHECK(answer == "error: switched off");
    }
  }

  TEST_CASE("events of its own come before the mailbox and in their order") {
    lamp_node t;
    t.node.cast(
        t.p, does([](lamp&, const event_info&) -> lamp_step {
          return keep_state()
              .next_event(mark{"1"})
              .next_event(does([](lamp&, const event_info&) -> lamp_step {
                return keep_state().next_event(mark{"2"});
              }))
              .next_event(mark{"3"}, event_type::cast);
        }));
    t.node.cast(t.p, mark{"4"});
    t.sched.run_until_idle();
    CHECK(t.take() == lines{"internal 1", "internal 2", "cast 3", "cast 4"});
  }

  TEST_CASE("a state timeout ends with its state") {
    lamp_node t;
    const auto wait = [](lamp&, const event_info&) -> lamp_step {
      return keep_state().state_timeout(10ms, mark{"over"});
    };
    t.does_now(wait);
    t.sched.advance(10ms);
    CHECK(t.take() == lines{"state_timeout over"});
    SUBCASE("that changes") {
      t.does_now(wait);
      t.go(glow::dim);
      t.take();
      t.sched.advance(1s);
      CHECK(t.take().empty());
    }
    SUBCASE("not with a step that keeps it") {
      t.does_now(wait);
      t.tell(mark{"x"});
      t.sched.advance(10ms);
      CHECK(t.take() == lines{"cast x", "state_timeout over"});
    }
    SUBCASE("or when it is cancelled") {
      t.does_now(wait);
      t.does_now([](lamp&, const event_info&) -> lamp_step {
        return keep_state().cancel_state_timeout();
      });
      t.sched.advance(1s);
      CHECK(t.take().empty());
    }
    SUBCASE("and one that is set anew counts from then") {
      t.does_now(wait);
      t.sched.advance(9ms);
      t.does_now(wait);
      t.sched.advance(9ms);
      CHECK(t.take().empty());
      t.sched.advance(1ms);
      CHECK(t.take() == lines{"state_timeout over"});
    }
    SUBCASE("and one that is updated keeps its time") {
      t.does_now(wait);
      t.sched.advance(9ms);
      t.does_now([](lamp&, const event_info&) -> lamp_step {
        return keep_state().update_state_timeout(mark{"other"});
      });
      t.sched.advance(1ms);
      CHECK(t.take() == lines{"state_timeout other"});
    }
  }

  TEST_CASE("an event timeout ends with the next event") {
    lamp_node t;
    const auto wait = [](lamp&, const event_info&) -> lamp_step {
      return keep_state().event_timeout(10ms);
    };
    t.does_now(wait);
    t.sched.advance(10ms);
    CHECK(t.take() == lines{"timeout"});
    t.does_now(wait);
    t.tell(mark{"x"});
    t.sched.advance(1s);
    CHECK(t.take() == lines{"cast x"});
  }

  TEST_CASE("generic timeouts have names and outlive a state") {
    lamp_node t;
    t.does_now([](lamp&, const event_info&) -> lamp_step {
      return next_state(glow::dim)
          .timeout("a", 10ms, mark{"1"})
          .timeout("b", 20ms, mark{"2"})
          .timeout("c", 30ms, mark{"3"});
    });
    t.go(glow::bright);
    t.take();
    t.does_now([](lamp&, const event_info&) -> lamp_step {
      return keep_state().cancel_timeout("b").update_timeout("c", mark{"4"});
    });
    t.sched.advance(1s);
    CHECK(t.take() == lines{"timeout a 1", "timeout c 4"});
  }

  TEST_CASE("a timeout of zero comes before what has not been received") {
    lamp_node t;
    t.node.cast(t.p, does([](lamp&, const event_info&) -> lamp_step {
                  return keep_state()
                      .state_timeout(0ms, mark{"now"})
                      .next_event(mark{"first"});
                }));
    t.node.cast(t.p, mark{"later"});
    t.sched.run_until_idle();
    CHECK(t.take() ==
          lines{"internal first", "state_timeout now", "cast later"});
  }

  TEST_CASE("an event that a state has no handler for ends the machine") {
    lamp_node t;
    CHECK(t.node.call<std::string>(t.p, only_off{}).value() == "off");
    t.go(glow::dim);
    const auto answer = t.node.call<std::string>(t.p, only_off{});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().message().find("in the state dim") !=
          std::string::npos);
    CHECK_FALSE(t.is_alive(t.p));
  }

  TEST_CASE("what it does not know is dropped as by a gen_server") {
    lamp_node t;
    t.tell(unknown{"x"});
    CHECK(t.logged.back().find("dropped an unexpected") != std::string::npos);
    const auto answer = t.node.call<std::string>(t.p, unknown{"x"});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().tag() == "bad_message");
    CHECK(t.is_alive(t.p));
  }

  TEST_CASE("the state is changed by next_state alone") {
    lamp_node t;
    t.does_now([](lamp& s, const event_info&) -> lamp_step {
      s.at = glow::bright;
      return keep_state();
    });
    CHECK_FALSE(t.is_alive(t.p));
  }

  TEST_CASE("a handler may wait before it says where to go") {
    lamp_node t;
    const auto other = t.start_probe();
    t.node.cast(t.p, consult{other});
    t.node.cast(t.p, note{"after"});
    t.sched.run_until_idle();
    CHECK(t.take() ==
          lines{"got light", "off to bright", "cast after in bright"});
  }

  TEST_CASE("a suspended machine keeps its timers for later") {
    lamp_node t;
    t.does_now([](lamp&, const event_info&) -> lamp_step {
      return keep_state().state_timeout(10ms, mark{"over"});
    });
    REQUIRE(sys::suspend(t.node, t.p));
    t.sched.advance(1s);
    CHECK(t.take().empty());
    REQUIRE(sys::resume(t.node, t.p));
    t.sched.run_until_idle();
    CHECK(t.take() == lines{"state_timeout over"});
  }

  TEST_CASE("another module may take over and give back") {
    lamp_node t;
    t.does_now([](lamp&, const event_info&) -> lamp_step {
      return keep_state().push_callback_module("torch");
    });
    t.tell(mark{"late"});
    CHECK(t.take() == lines{"cast late", "dim"});
    CHECK(sys::get_modules(t.node, t.p).value() == lines{"torch"});
    SUBCASE("one that is not there ends the machine") {
      const auto q = t.start("lamp");
      t.watch(q);
      t.does_now([](lamp&, const event_info&) -> lamp_step {
        return keep_state().change_callback_module("candle");
      });
      CHECK_FALSE(t.is_alive(q));
    }
  }

  TEST_CASE("it tells of its own system events") {
    lamp_node t;
    REQUIRE(sys::log(t.node, t.p, 100));
    std::size_t seen = 0;
    const auto told = [&] {
      lines all;
      const auto events = sys::log_events(t.node, t.p).value();
      for (const auto& event : events.as_array()) {
        std::string line(event.at("event").as_string());
        for (const auto* key :
             {"type", "name", "after_ms", "state", "module"}) {
          if (const auto* found = event.as_object().if_contains(key))
            line += " " + boost::json::serialize(*found);
        }
        all.push_back(line);
      }
      const auto before = std::exchange(seen, all.size());
      all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(before));
      return all;
    };
    t.tell(note{"a"});
    CHECK(told() == lines{"in", "postpone \"off\""});
    t.go(glow::dim);
    CHECK(told() ==
          lines{"in", "enter \"dim\"", "consume \"dim\"", "consume \"dim\""});
    t.does_now([](lamp&, const event_info&) -> lamp_step {
      return keep_state()
          .state_timeout(10ms, mark{"late"})
          .timeout("soon", 0ms, mark{"now"});
    });
    CHECK(told() == lines{"in", "start_timer \"state_timeout\" 10 \"dim\"",
                          "insert_timeout \"generic_timeout\" \"soon\" \"dim\"",
                          "consume \"dim\"", "in \"dim\"", "consume \"dim\""});
    t.sched.advance(10ms);
    CHECK(told() == lines{"in \"dim\"", "consume \"dim\""});
    const auto caller = t.start_probe();
    t.task_in(caller, [&](probe_state&) -> task<std::string> {
      const note m{"b"};
      (void)co_await call(t.p, m);
      co_return "";
    });
    CHECK(told() == lines{"in", "out", "consume \"dim\""});
    t.does_now([](lamp&, const event_info&) -> lamp_step {
      return keep_state().change_callback_module("lamp");
    });
    CHECK(told() == lines{"in", "consume \"dim\"", "module \"dim\" \"lamp\""});
    lines last;
    REQUIRE(sys::follow(t.node, t.p, [&](const value& event) {
      last.emplace_back(event.at("event").as_string());
    }));
    t.exit(t.p, exit_reason::shutdown());
    CHECK(last == lines{"terminate"});
  }
}

// ---- upgrades -----------------------------------------------------------------------

namespace {

namespace instar_v_lamp_2 {
enum class glow { off, dim, bright, flashing };
BOOST_DESCRIBE_ENUM(glow, off, dim, bright, flashing)
struct lamp {
  std::vector<std::string> heard;
  glow at = glow::off;
  std::int64_t watts = 5;
};
BOOST_DESCRIBE_STRUCT(lamp, (), (heard, at, watts))
}  // namespace instar_v_lamp_2

/// Data, states and mode are others: what was bright flashes.
struct lamp_module_2
    : gen_statem<instar_v_lamp_2::lamp, &instar_v_lamp_2::lamp::at> {
  using next_lamp = instar_v_lamp_2::lamp;
  using S = instar_v_lamp_2::glow;
  using messages = instar::messages<note, mark>;
  static next_lamp init(const value&) { return {}; }
  static step<S> handle_event(in<S::off>, next_lamp&, const note&) {
    return postpone();
  }
  static step<S> handle_event(next_lamp& s, const note& m,
                              const event_info& e) {
    s.heard.push_back("2: " + m.text);
    if (e.type != event_type::call)
      return keep_state();
    return keep_state().reply(e.caller, "2 noted " + m.text);
  }
  static step<S> handle_event(next_lamp& s, const mark& m,
                              const event_info& e) {
    s.heard.push_back("2: " + text_of(e) + " " + m.text);
    if (m.text == "on")
      return next_state(S::bright);
    return keep_state();
  }
  static next_lamp code_change(const lamp& old, const change&) {
    next_lamp made;
    made.heard = old.heard;
    made.at = old.at == glow::bright ? S::flashing : static_cast<S>(old.at);
    return made;
  }
  static lamp code_change_down(const next_lamp& now, const change&) {
    lamp made;
    made.heard = now.heard;
    made.at = now.at == S::flashing ? glow::bright : static_cast<glow>(now.at);
    return made;
  }
};
constinit const module_descriptor lamp_2 =
    instar::detail::make_descriptor<lamp_module_2>("lamp", "2.0", false);

module_upgrade to(instance* next, direction way) {
  module_upgrade made;
  made.module = "lamp";
  made.next = next;
  made.is_suspended = true;
  made.is_converted = true;
  made.way = way;
  return made;
}

}  // namespace

TEST_SUITE("runtime/gen_statem/upgrade") {
  TEST_CASE("state and data and mode change and what is to come still comes") {
    for_seeds(20, [](std::uint64_t seed) {
      test_node t(seed);
      functions().clear();
      auto* first = t.load(lamp_1);
      auto second = t.node.code().add_builtin(lamp_2);
      REQUIRE(second);
      const auto p = t.start("lamp");
      const auto asking = t.start_probe();
      std::string answer;
      t.task_in(asking, [&](probe_state&) -> task<std::string> {
        const note m{"postponed"};
        auto got = co_await call(p, m);
        answer = got ? *got : got.error().message();
        co_return "";
      });
      t.node.cast(p, does([](lamp&, const event_info&) -> lamp_step {
                    return keep_state().state_timeout(10ms, mark{"on"});
                  }));
      t.sched.run_until_idle();
      upgrade up(t.node, {to(*second, direction::up)}, {});
      REQUIRE(bank::run_upgrade(up));
      CHECK(answer.empty());
      t.sched.advance(10ms);
      CHECK(answer == "2 noted postponed");
      CHECK(sys::get_state(t.node, p).value() ==
            value{{"heard",
                   {"off to off", "2: state_timeout on", "2: postponed"}},
                  {"at", "bright"},
                  {"watts", 5}});
      upgrade down(t.node, {to(first, direction::down)}, {});
      REQUIRE(bank::run_upgrade(down));
      CHECK(sys::get_state(t.node, p).value().at("at") == "bright");
      CHECK(t.node.call<std::string>(p, note{"x"}).value() == "noted x");
      // What was bright flashes.
      upgrade again(t.node, {to(*second, direction::up)}, {});
      REQUIRE(bank::run_upgrade(again));
      CHECK(sys::get_state(t.node, p).value().at("at") == "flashing");
    });
  }

  TEST_CASE("one that is undone leaves timers and postponed events alone") {
    lamp_node t;
    t.tell(note{"a"});
    t.does_now([](lamp&, const event_info&) -> lamp_step {
      return keep_state().state_timeout(10ms, mark{"over"});
    });
    auto second = t.node.code().add_builtin(lamp_2);
    REQUIRE(second);
    {
      upgrade batch(t.node, {to(*second, direction::up)}, {});
      REQUIRE(batch.check());
      REQUIRE(batch.prepare());
      batch.undo();
    }
    t.sched.advance(10ms);
    CHECK(t.take() == lines{"state_timeout over"});
    t.go(glow::dim);
    CHECK(t.take() == lines{"off to dim", "cast a in dim"});
  }
}

}  // namespace instar::test
