// State to JSON text and back, for the tests of the type table.
#pragma once

#include "module/type_of.hpp"
#include "module/type_walk.hpp"
#include "tests/support/result.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace instar::test {

template <class T>
std::string shown(const T& object) {
  return boost::json::serialize(to_value(type_of<T>(), &object));
}

template <class T>
T read(const value& from) {
  T object{};
  REQUIRE(from_value(type_of<T>(), &object, from));
  return object;
}

/// The error text of reading `text`.
template <class T>
std::string refusal(std::string_view text) {
  T object{};
  boost::json::parse_options options;
  options.max_depth = 1000;
  const auto done =
      from_value(type_of<T>(), &object, boost::json::parse(text, {}, options));
  REQUIRE_FALSE(done);
  CHECK(done.error().tag() == "bad_value");
  return done.error().message();
}

template <class T>
T round_trip(const T& object) {
  return read<T>(boost::json::parse(shown(object)));
}

}  // namespace instar::test
