// Messages and replies between versions that declare them differently.
#include "runtime/upgrade.hpp"
#include "tests/support/test_node.hpp"

namespace instar::test::post {
namespace {

using strings = std::vector<std::string>;

struct office_state {
  std::vector<std::string> letters;
};
BOOST_DESCRIBE_STRUCT(office_state, (), (letters))

}  // namespace

namespace instar_v_post_1 {
struct stamp {
  std::int32_t cents = 0;
};
BOOST_DESCRIBE_STRUCT(stamp, (), (cents))
struct letter {
  std::string text;
  std::int32_t weight = 1;
  using reply = stamp;
};
BOOST_DESCRIBE_STRUCT(letter, (), (text, weight))
/// What the second version cannot carry over.
struct parcel {
  std::string content;
  using reply = stamp;
};
BOOST_DESCRIBE_STRUCT(parcel, (), (content))
}  // namespace instar_v_post_1

namespace instar_v_post_2 {
struct stamp {
  std::int64_t cents = 0;
  std::string picture;
};
BOOST_DESCRIBE_STRUCT(stamp, (), (cents, picture))
struct letter {
  std::string to = "all";
  std::int64_t weight = 1;
  std::string text;
  using reply = stamp;
};
BOOST_DESCRIBE_STRUCT(letter, (), (to, weight, text))
struct parcel {
  std::int32_t content = 0;
  using reply = stamp;
};
BOOST_DESCRIBE_STRUCT(parcel, (), (content))
}  // namespace instar_v_post_2

namespace {

namespace v1 = instar_v_post_1;
namespace v2 = instar_v_post_2;

struct office_1 : gen_server<office_state> {
  using messages = instar::messages<v1::letter, v1::parcel>;
  static office_state init(const value&) { return {}; }
  static v1::stamp handle_call(office_state&, const v1::letter& m,
                               const from&) {
    return {m.weight * 10};
  }
  static void handle_cast(office_state& s, const v1::letter& m) {
    s.letters.push_back("1 " + m.text);
  }
  static v1::stamp handle_call(office_state&, const v1::parcel&, const from&) {
    return {100};
  }
};

struct office_2 : gen_server<office_state> {
  using messages = instar::messages<v2::letter, v2::parcel>;
  static office_state init(const value&) { return {}; }
  static v2::stamp handle_call(office_state&, const v2::letter& m,
                               const from&) {
    return {m.weight * 20, "a bird"};
  }
  static void handle_cast(office_state& s, const v2::letter& m) {
    s.letters.push_back("2 " + m.to + " " + std::to_string(m.weight) + " " +
                        m.text);
  }
  static v2::stamp handle_call(office_state&, const v2::parcel&, const from&) {
    return {200, "a tree"};
  }
};

constinit const module_descriptor version_1 =
    instar::detail::make_descriptor<office_1>("post", "1.0.0", false);
constinit const module_descriptor version_2 =
    instar::detail::make_descriptor<office_2>("post", "2.0.0", false);

result<> go_to(test_node& t, instance* next) {
  module_upgrade one;
  one.module = "post";
  one.next = next;
  one.is_suspended = true;
  upgrade batch(t.node, {one}, {});
  INSTAR_TRY(batch.check());
  INSTAR_TRY(batch.prepare());
  INSTAR_TRY(batch.commit());
  return batch.adopt(10s);
}

strings letters(test_node& t, pid p) {
  const auto state = sys::get_state(t.node, p);
  REQUIRE(state);
  strings all;
  for (const auto& one : state->at("letters").as_array())
    all.emplace_back(one.as_string());
  return all;
}

}  // namespace

TEST_SUITE("runtime/upgrade_message") {
  TEST_CASE("queued messages are carried over to the new layout in order") {
    for_seeds(30, [](std::uint64_t seed) {
      test_node t(seed);
      t.load(version_1);
      auto next = t.node.code().add_builtin(version_2);
      REQUIRE(next);
      const auto p = t.start("post");
      REQUIRE(sys::suspend(t.node, p));
      for (std::int32_t i = 1; i <= 3; ++i)
        t.node.cast(p, v1::letter{"letter " + std::to_string(i), i});
      REQUIRE(go_to(t, *next));
      REQUIRE(sys::resume(t.node, p));
      // And those that come later from one who knows the old layout only.
      t.node.cast(p, v1::letter{"late", 9});
      t.node.cast(p, v2::letter{"you", 5, "new"});
      t.sched.run_until_idle();
      CHECK(letters(t, p) == strings{"2 all 1 letter 1", "2 all 2 letter 2",
                                     "2 all 3 letter 3", "2 all 9 late",
                                     "2 you 5 new"});
    });
  }

  TEST_CASE("a caller in old code reads the reply of new code by its fields") {
    for_seeds(30, [](std::uint64_t seed) {
      test_node t(seed);
      t.load(version_1);
      auto next = t.node.code().add_builtin(version_2);
      REQUIRE(next);
      const auto p = t.start("post");
      REQUIRE(sys::suspend(t.node, p));
      strings told;
      t.task_in(t.start_probe(), [&](probe_state&) -> task<std::string> {
        const auto got = co_await call(p, make<v1::letter>("a", 3), 1h);
        told.push_back(got ? std::to_string(got->cents) : got.error().tag());
        // Sent by old code: narrower than what new code replies.
        const auto other = co_await call(p, make<v2::letter>("b", 4, "c"), 1h);
        told.push_back(other ? other->picture : other.error().tag());
        co_return "";
      });
      REQUIRE(go_to(t, *next));
      REQUIRE(sys::resume(t.node, p));
      t.sched.run_until_idle();
      REQUIRE(told.size() == 2);
      // A wide number does not go into a narrow one: refused, not cut.
      CHECK(told[0] == "bad_message");
      CHECK(told[1] == "a bird");
    });
  }

  TEST_CASE("a call whose fields do not carry over fails and ends nobody") {
    test_node t;
    t.load(version_1);
    auto next = t.node.code().add_builtin(version_2);
    REQUIRE(next);
    const auto p = t.start("post");
    REQUIRE(go_to(t, *next));
    const auto answer = t.node.call<v1::stamp>(p, v1::parcel{"text"});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == errc::bad_message);
    CHECK(t.is_alive(p));
    CHECK(t.node.call<v2::stamp>(p, v2::parcel{1}));
  }
}

}  // namespace instar::test::post
