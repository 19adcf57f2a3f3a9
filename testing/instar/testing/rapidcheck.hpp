// States and messages for properties: random JSON that fits a described type.
// For tests that use rapidcheck; instar itself does not need it.
//
//   rc::check([&] {
//     const auto state = *instar::testing::any_value(*node.state_type("counter"));
//     RC_ASSERT(node.replace_state("counter", state));
//     ...
//   });
//
// What is made fits the type, not the rules that the code has for it (an index
// that must name what is there): where such exist, make those parts yourself and
// put them into the object.
#pragma once

#include "base/value.hpp"
#include "module/bytes_text.hpp"
#include "module/type_node.hpp"
#include "module/type_words.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <rapidcheck.h>

#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <utility>

namespace instar::testing {
namespace detail {

class value_maker {
public:
  /// `size` as in rapidcheck: 0 to 100. Within a property.
  explicit value_maker(int size) : size_(size) {}

  value make(const type_node& type) {
    switch (type.kind) {
      case type_kind::boolean:
        return *rc::gen::arbitrary<bool>();
      case type_kind::signed_integer:
        return signed_integer(type.size);
      case type_kind::unsigned_integer:
        return unsigned_integer(type.size);
      case type_kind::floating:
        return floating(type.size);
      case type_kind::string:
        return text();
      case type_kind::json:
        return json();
      case type_kind::enumeration:
        if (type.enumerator_count == 0)
          return make(*type.parts[0]);
        return boost::json::string(
            type.enumerators[below(type.enumerator_count)].name);
      case type_kind::duration:
      case type_kind::time_point:
        return make(*type.parts[0]);
      case type_kind::unit:
        return nullptr;
      case type_kind::structure: {
        boost::json::object made;
        for (std::uint32_t i = 0; i < type.field_count; ++i)
          made[type.fields[i].name] = part(*type.fields[i].type);
        return made;
      }
      case type_kind::tuple: {
        boost::json::array made;
        for (std::uint32_t i = 0; i < type.field_count; ++i)
          made.push_back(part(*type.fields[i].type));
        return made;
      }
      case type_kind::array: {
        boost::json::array made;
        for (std::uint64_t i = 0; i < type.count; ++i)
          made.push_back(part(*type.parts[0]));
        return made;
      }
      case type_kind::sequence:
        return sequence(type);
      case type_kind::map:
        return map(type);
      case type_kind::optional:
        return optional(type);
      case type_kind::variant: {
        const auto index = below(type.part_count);
        return boost::json::object{
            {"$variant", static_cast<std::int64_t>(index)},
            {"value", part(*type.parts[index])}};
      }
    }
    return nullptr;
  }

private:
  /// Deeper than this optionals and containers are empty, so that recursive types
  /// end.
  static constexpr int deepest = 6;

  value part(const type_node& type) {
    ++depth_;
    auto made = make(type);
    --depth_;
    return made;
  }

  static std::size_t below(std::size_t limit) {
    return *rc::gen::inRange<std::size_t>(0, limit);
  }
  /// How many elements: fewer, the deeper they stand.
  std::size_t count() const {
    if (depth_ >= deepest)
      return 0;
    return below((static_cast<std::size_t>(size_) >> (2 * depth_)) + 2);
  }

  static value signed_integer(std::uint32_t size) {
    switch (size) {
      case 1:
        return *rc::gen::arbitrary<std::int8_t>();
      case 2:
        return *rc::gen::arbitrary<std::int16_t>();
      case 4:
        return *rc::gen::arbitrary<std::int32_t>();
      default:
        return *rc::gen::arbitrary<std::int64_t>();
    }
  }
  static value unsigned_integer(std::uint32_t size) {
    switch (size) {
      case 1:
        return *rc::gen::arbitrary<std::uint8_t>();
      case 2:
        return *rc::gen::arbitrary<std::uint16_t>();
      case 4:
        return *rc::gen::arbitrary<std::uint32_t>();
      default:
        return *rc::gen::arbitrary<std::uint64_t>();
    }
  }
  static value floating(std::uint32_t size) {
    const double made = size == sizeof(float)
                            ? static_cast<double>(*rc::gen::arbitrary<float>())
                            : *rc::gen::arbitrary<double>();
    if (std::isfinite(made))
      return made;
    const char* word = std::isnan(made) ? "nan" : made < 0 ? "-inf" : "inf";
    return boost::json::object{{"$float", word}};
  }
  static value text() {
    const auto bytes = *rc::gen::arbitrary<std::string>();
    if (instar::detail::is_utf8(bytes))
      return boost::json::string(bytes);
    return boost::json::object{{"$bytes", instar::detail::to_base64(bytes)}};
  }
  value json() {
    switch (below(5)) {
      case 0:
        return nullptr;
      case 1:
        return *rc::gen::arbitrary<bool>();
      case 2:
        return signed_integer(8);
      case 3:
        return boost::json::string(
            *rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~')));
      default: {
        boost::json::array made;
        for (auto left = count(); left > 0; --left) {
          ++depth_;
          made.push_back(json());
          --depth_;
        }
        return made;
      }
    }
  }

  value sequence(const type_node& type) {
    const auto& functions =
        *static_cast<const sequence_functions*>(type.functions);
    boost::json::array made;
    std::set<std::string> seen;
    for (auto left = count(); left > 0; --left) {
      auto element = part(*type.parts[0]);
      // A set is not given one element twice.
      if (functions.ordered_by_value && !seen.insert(same(element)).second)
        continue;
      made.push_back(std::move(element));
    }
    return made;
  }
  value map(const type_node& type) {
    boost::json::array made;
    std::set<std::string> seen;
    for (auto left = count(); left > 0; --left) {
      auto key = part(*type.parts[0]);
      if (!seen.insert(same(key)).second)
        continue;
      auto mapped = part(*type.parts[1]);
      made.push_back(boost::json::array{std::move(key), std::move(mapped)});
    }
    return made;
  }
  value optional(const type_node& type) {
    // False is what it shrinks to.
    if (depth_ >= deepest || !*rc::gen::arbitrary<bool>())
      return nullptr;
    auto content = part(*type.parts[0]);
    if (instar::detail::may_be_null(*type.parts[0]))
      return boost::json::array{std::move(content)};
    return content;
  }
  /// A text that equal elements share; both zeros are equal.
  static std::string same(const value& of) {
    auto made = boost::json::serialize(of);
    for (auto at = made.find("-0E0"); at != std::string::npos;
         at = made.find("-0E0", at)) {
      made.erase(at, 1);
    }
    return made;
  }

  int size_;
  int depth_ = 0;
};

}  // namespace detail

/// JSON that replace_state and call_json take for `type`, which must stay loaded
/// meanwhile. It shrinks.
inline rc::Gen<value> any_value(const type_node& type) {
  return rc::gen::withSize([&type](int size) {
    return rc::gen::exec(
        [&type, size] { return detail::value_maker(size).make(type); });
  });
}

}  // namespace instar::testing
