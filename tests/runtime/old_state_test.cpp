// What a new version says that the old state was, and what the old state is.
#include "runtime/upgrade_check.hpp"
#include "tests/support/bank.hpp"

#include <memory>

namespace instar::test {
namespace {

namespace instar_v_till_1 {
struct till {
  std::int32_t coins = 0;
  std::int64_t notes = 0;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(till, (), (coins, notes, name))
}  // namespace instar_v_till_1

namespace reordered {
struct till {
  std::int64_t notes = 0;
  std::int32_t coins = 0;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(till, (), (notes, coins, name))
}  // namespace reordered
namespace resized {
struct till {
  std::int64_t coins = 0;
  std::int64_t notes = 0;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(till, (), (coins, notes, name))
}  // namespace resized
namespace renamed_field {
struct till {
  std::int32_t pennies = 0;
  std::int64_t notes = 0;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(till, (), (pennies, notes, name))
}  // namespace renamed_field
namespace left_out {
struct till {
  std::int64_t notes = 0;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(till, (), (notes, name))
}  // namespace left_out

namespace instar_v_till_2 {
struct till {
  std::int64_t value = 0;
};
BOOST_DESCRIBE_STRUCT(till, (), (value))
}  // namespace instar_v_till_2

struct till_1 : gen_server<instar_v_till_1::till> {
  static state_type init(const value&) { return {3, 4, "a"}; }
};
template <class Old>
struct till_2 : gen_server<instar_v_till_2::till> {
  static state_type init(const value&) { return {}; }
  static instar_v_till_2::till code_change(const Old&, const change&) {
    return {7};
  }
};

constinit const module_descriptor old_till =
    instar::detail::make_descriptor<till_1>("till", "1.0", false);
template <class Old>
constinit const module_descriptor new_till =
    instar::detail::make_descriptor<till_2<Old>>("till", "2.0", false);

// What an upgrade says that takes the old state for Old.
template <class Old>
std::string refusal() {
  test_node t;
  t.load(old_till);
  const auto p = t.start("till");
  auto next = t.node.code().add_builtin(new_till<Old>);
  REQUIRE(next);
  module_upgrade one;
  one.module = "till";
  one.next = *next;
  one.is_suspended = true;
  one.is_converted = true;
  upgrade batch(t.node, {one}, {});
  const auto checked = batch.check();
  CHECK(sys::get_state(t.node, p).value() ==
        value{{"coins", 3}, {"notes", 4}, {"name", "a"}});
  return checked ? "fits" : checked.error().context;
}

// The text of a refusal, to its end.
std::string wrongly_declared(const std::string& end) {
  const std::string here = "instar.test.{anonymous}.";
  return "the state of till 1.0 in memory is " + here +
         "till, that of 2.0 is " + here +
         "till, and the code_change of till 2.0 declares the old state as " +
         here + end;
}

// ---- a deep one

namespace instar_v_chain_1 {
struct chain {
  std::int64_t number = 0;
  std::unique_ptr<chain> next;
};
BOOST_DESCRIBE_STRUCT(chain, (), (number, next))
}  // namespace instar_v_chain_1
namespace instar_v_chain_2 {
struct item {
  std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(item, (), (number))
struct chain {
  std::vector<item> items;
};
BOOST_DESCRIBE_STRUCT(chain, (), (items))
}  // namespace instar_v_chain_2

constexpr std::int64_t depth = 10'000;

struct chain_1 : gen_server<instar_v_chain_1::chain> {
  static state_type init(const value&) {
    state_type made;
    for (std::int64_t i = 1; i < depth; ++i) {
      auto longer = std::make_unique<state_type>();
      longer->number = i;
      longer->next = std::move(made.next);
      made.next = std::move(longer);
    }
    return made;
  }
};
struct chain_2 : gen_server<instar_v_chain_2::chain> {
  static state_type init(const value&) { return {}; }
  static state_type code_change(const instar_v_chain_1::chain& old,
                                const change&) {
    state_type made;
    for (const auto* at = &old; at != nullptr; at = at->next.get())
      made.items.push_back({at->number});
    return made;
  }
};

constinit const module_descriptor chain_1_module =
    instar::detail::make_descriptor<chain_1>("chain", "1.0", false);
constinit const module_descriptor chain_2_module =
    instar::detail::make_descriptor<chain_2>("chain", "2.0", false);

}  // namespace

TEST_SUITE("runtime/old_state") {
  TEST_CASE("an old state that is declared as it is fits") {
    CHECK(refusal<instar_v_till_1::till>() == "fits");
  }

  TEST_CASE("an old state that is declared in another order is refused") {
    CHECK(
        refusal<reordered::till>() ==
        wrongly_declared(
            "reordered.till: field notes is int8 at 8 but int8 at 0 is declared"));
  }

  TEST_CASE("an old state with a field of another size is refused") {
    CHECK(
        refusal<resized::till>() ==
        wrongly_declared(
            "resized.till: field coins is int4 at 0 but int8 at 0 is declared"));
  }

  TEST_CASE("an old state with a field of another name is refused") {
    CHECK(
        refusal<renamed_field::till>() ==
        wrongly_declared(
            "renamed_field.till: field pennies is missing but int4 at 0 is declared"));
  }

  TEST_CASE("an old state with a field left out is refused") {
    CHECK(refusal<left_out::till>() ==
          wrongly_declared(
              "left_out.till: field coins is int4 at 0 but is not declared"));
  }

  TEST_CASE("a state of ten thousand nested elements goes over") {
    test_node t;
    t.load(chain_1_module);
    const auto p = t.start("chain");
    CHECK(sys::get_state(t.node, p));
    auto next = t.node.code().add_builtin(chain_2_module);
    REQUIRE(next);
    module_upgrade one;
    one.module = "chain";
    one.next = *next;
    one.is_suspended = true;
    one.is_converted = true;
    upgrade batch(t.node, {one}, {});
    REQUIRE(bank::run_upgrade(batch));
    const auto state = sys::get_state(t.node, p);
    REQUIRE(state);
    CHECK(state->at("items").as_array().size() == depth);
  }
}

}  // namespace instar::test
