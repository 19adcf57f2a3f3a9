// Two versions of an application's types, for the tests of the type table.
#pragma once

#include "base/value.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace shop {
inline namespace instar_v_shop_v1 {

enum class color : std::uint8_t { red = 1, green = 2 };
BOOST_DESCRIBE_ENUM(color, red, green)

struct limits {
  std::int32_t least = 0;
  std::int64_t most = 10;
  friend bool operator==(const limits&, const limits&) = default;
};
BOOST_DESCRIBE_STRUCT(limits, (), (least, most))

struct counter {
  std::int64_t count = 0;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(counter, (), (count, name))

struct tree {
  std::int32_t number = 0;
  std::unique_ptr<tree> left;
  std::vector<tree> others;
};
BOOST_DESCRIBE_STRUCT(tree, (), (number, left, others))

struct circle {
  double radius = 1;
  friend bool operator==(const circle&, const circle&) = default;
};
BOOST_DESCRIBE_STRUCT(circle, (), (radius))

struct nothing {
  friend bool operator==(const nothing&, const nothing&) = default;
};
BOOST_DESCRIBE_STRUCT(nothing, (), ())

struct scalars {
  bool flag = false;
  char letter = 'a';
  std::int8_t int1 = 0;
  std::uint8_t uint1 = 0;
  std::int16_t int2 = 0;
  std::uint16_t uint2 = 0;
  std::int32_t int4 = 0;
  std::uint32_t uint4 = 0;
  std::int64_t int8 = 0;
  std::uint64_t uint8 = 0;
  float single = 0;
  double real = 0;
  long double longest = 0;
  shop::color color = color::red;
  std::chrono::milliseconds wait{0};
  std::chrono::duration<double> pause{0};
  std::chrono::system_clock::time_point at;
  std::string text;
  instar::value dynamic;
  std::monostate unit;
  friend bool operator==(const scalars&, const scalars&) = default;
};
BOOST_DESCRIBE_STRUCT(scalars, (),
                      (flag, letter, int1, uint1, int2, uint2, int4, uint4,
                       int8, uint8, single, real, longest, color, wait, pause,
                       at, text, dynamic, unit))

struct compounds {
  std::vector<std::int32_t> vector;
  std::vector<bool> bits;
  std::deque<std::string> deque;
  std::list<limits> list;
  std::set<std::string> set;
  std::multiset<std::int32_t> multiset;
  std::unordered_set<std::int64_t> unordered_set;
  std::map<std::string, limits> map;
  std::map<color, std::int32_t> colors;
  std::map<std::int32_t, std::string> numbers;
  std::multimap<std::string, std::int32_t> multimap;
  std::unordered_map<std::string, std::int32_t> unordered_map;
  std::pair<std::int32_t, std::string> pair;
  std::tuple<std::int32_t, std::string> tuple;
  std::array<std::int16_t, 3> array{};
  std::optional<std::int32_t> optional;
  std::optional<std::optional<std::int32_t>> twice;
  std::optional<instar::value> maybe;
  std::variant<std::monostate, circle, std::int32_t, std::int32_t> variant;
  nothing empty;
  friend bool operator==(const compounds&, const compounds&) = default;
};
BOOST_DESCRIBE_STRUCT(compounds, (),
                      (vector, bits, deque, list, set, multiset, unordered_set,
                       map, colors, numbers, multimap, unordered_map, pair,
                       tuple, array, optional, twice, maybe, variant, empty))

struct owner {
  std::unique_ptr<limits> limits_of;
  std::map<std::string, std::unique_ptr<std::int32_t>> numbers;
};
BOOST_DESCRIBE_STRUCT(owner, (), (limits_of, numbers))

/// Private members, all described.
class sealed {
public:
  std::int32_t sum() const { return first_ + second_; }

private:
  std::int32_t first_ = 1;
  std::int32_t second_ = 2;
  BOOST_DESCRIBE_CLASS(sealed, (), (), (), (first_, second_))
};

/// The member in the middle is not described.
class gap {
public:
  std::int64_t sum() const { return first_ + middle_ + last_; }

private:
  std::int64_t first_ = 1;
  std::int64_t middle_ = 2;
  std::int64_t last_ = 3;
  BOOST_DESCRIBE_CLASS(gap, (), (), (), (first_, last_))
};

/// The last member is not described.
class tail {
public:
  std::int64_t sum() const { return first_ + last_; }

private:
  std::int64_t first_ = 1;
  std::int64_t last_ = 3;
  BOOST_DESCRIBE_CLASS(tail, (), (), (), (first_))
};

struct holds_gap {
  std::vector<std::optional<gap>> gaps;
};
BOOST_DESCRIBE_STRUCT(holds_gap, (), (gaps))

}  // namespace instar_v_shop_v1

namespace instar_v_shop_v2 {

enum class color : std::uint8_t { red = 1, green = 3, blue = 4 };
BOOST_DESCRIBE_ENUM(color, red, green, blue)

struct limits {
  std::int32_t least = 0;
  std::int32_t most = 10;
};
BOOST_DESCRIBE_STRUCT(limits, (), (least, most))

struct tree {
  std::int32_t number = 0;
  std::unique_ptr<tree> left;
  std::vector<tree> others;
};
BOOST_DESCRIBE_STRUCT(tree, (), (number, left, others))

struct reordered {
  std::string name;
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(reordered, (), (name, count))

struct resized {
  std::int32_t count = 0;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(resized, (), (count, name))

struct renamed {
  std::int64_t amount = 0;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(renamed, (), (amount, name))

struct shorter {
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(shorter, (), (count))

struct twin {
  std::int64_t count = 0;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(twin, (), (count, name))

struct plant {
  std::int32_t number = 0;
  std::unique_ptr<plant> left;
  std::vector<plant> others;
};
BOOST_DESCRIBE_STRUCT(plant, (), (number, left, others))

}  // namespace instar_v_shop_v2
}  // namespace shop

/// The same fields with limits and color of one version or the other.
namespace shop::deep {
template <class Limits, class Color>
struct state {
  std::map<std::string, std::vector<Limits>> table;
  std::optional<Color> color;
};
using state1 = state<instar_v_shop_v1::limits, instar_v_shop_v1::color>;
using state2 = state<instar_v_shop_v2::limits, instar_v_shop_v1::color>;
using state3 = state<instar_v_shop_v1::limits, instar_v_shop_v2::color>;
BOOST_DESCRIBE_STRUCT(state1, (), (table, color))
BOOST_DESCRIBE_STRUCT(state2, (), (table, color))
BOOST_DESCRIBE_STRUCT(state3, (), (table, color))
}  // namespace shop::deep
