// Nodes of arithmetic types, strings, JSON values, enumerations and chrono types.
// Private to type_of.hpp.
#pragma once

#include "module/detail/node_of.hpp"
#include "module/type_name.hpp"

#include <boost/describe/enumerators.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>

namespace instar::detail {

template <class T>
concept described_enum =
    std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

template <class T>
  requires std::is_arithmetic_v<T>
struct node_of<T> {
  static constexpr type_node node = [] {
    constexpr auto kind =
        std::same_as<T, bool> ? type_kind::boolean
        : std::floating_point<T>
            ? type_kind::floating
            : (std::is_signed_v<T> ? type_kind::signed_integer
                                   : type_kind::unsigned_integer);
    auto made = basic_node<T>(kind, std::same_as<T, bool>    ? "bool"
                                    : std::floating_point<T> ? "float"
                                    : std::is_signed_v<T>    ? "int"
                                                             : "uint");
    lifetime<T>::fill_copy(made);
    return made;
  }();
};

template <>
struct node_of<std::string> {
  static constexpr type_node node = [] {
    auto made = basic_node<std::string>(type_kind::string, "string");
    lifetime<std::string>::fill_copy(made);
    return made;
  }();
};

template <>
struct node_of<boost::json::value> {
  static constexpr type_node node = [] {
    auto made = basic_node<boost::json::value>(type_kind::json, "value");
    lifetime<boost::json::value>::fill_copy(made);
    return made;
  }();
};

template <>
struct node_of<std::monostate> {
  static constexpr type_node node = [] {
    auto made = basic_node<std::monostate>(type_kind::unit, "unit");
    lifetime<std::monostate>::fill_copy(made);
    return made;
  }();
};

template <class T>
  requires std::is_enum_v<T>
struct node_of<T> {
  static_assert(described_enum<T>,
                "an enumeration in a state or a message needs "
                "BOOST_DESCRIBE_ENUM (its enumerators are carried by name)");
  using list = boost::describe::describe_enumerators<T>;
  static constexpr auto enumerators =
      []<template <class...> class L, class... D>(L<D...>) {
        return std::array<type_enumerator, sizeof...(D)>{
            type_enumerator{D::name, static_cast<std::int64_t>(D::value)}...};
      }(list{});
  static constexpr type_node node = [] {
    auto made = compound_node<T, std::underlying_type_t<T>>(
        type_kind::enumeration, type_name<T>::text, nullptr);
    made.enumerators = enumerators.data();
    made.enumerator_count = enumerators.size();
    lifetime<T>::fill_copy(made);
    return made;
  }();
};

template <class Rep, class Period>
struct node_of<std::chrono::duration<Rep, Period>> {
  using type = std::chrono::duration<Rep, Period>;
  static constexpr type_node node = [] {
    auto made =
        compound_node<type, Rep>(type_kind::duration, "duration", nullptr);
    made.period_numerator = Period::num;
    made.period_denominator = Period::den;
    lifetime<type>::fill_copy(made);
    return made;
  }();
};

template <class Clock, class Rep, class Period>
struct node_of<
    std::chrono::time_point<Clock, std::chrono::duration<Rep, Period>>> {
  using type =
      std::chrono::time_point<Clock, std::chrono::duration<Rep, Period>>;
  static constexpr type_node node = [] {
    auto made =
        compound_node<type, Rep>(type_kind::time_point, "time_point", nullptr);
    made.period_numerator = Period::num;
    made.period_denominator = Period::den;
    lifetime<type>::fill_copy(made);
    return made;
  }();
};

}  // namespace instar::detail
