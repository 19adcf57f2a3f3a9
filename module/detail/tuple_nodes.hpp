// Nodes of pairs and tuples. Private to type_of.hpp.
#pragma once

#include "module/detail/node_of.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

namespace instar::detail {

inline constexpr const char* tuple_names[] = {"0", "1", "2", "3", "4",
                                              "5", "6", "7", "8", "9"};

template <class T, std::size_t I>
const void* tuple_element_address(const void* object) {
  return &std::get<I>(*static_cast<const T*>(object));
}

template <class T>
concept has_first = requires {
  typename T::first_type;
};

template <class T>
struct tuple_node {
  static constexpr std::size_t size = std::tuple_size_v<T>;
  static_assert(size <= 10, "a tuple of more than ten elements: use a struct");
  // The offsets of a tuple are not written down anywhere; `at` finds them.
  static constexpr auto fields =
      []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<type_field, size>{type_field{
        tuple_names[I], UINT32_MAX, &node_of<std::tuple_element_t<I, T>>::node,
        tuple_element_address<T, I>, nullptr}...};
  }
  (std::make_index_sequence<size>{});
  static constexpr type_node node = [] {
    // libstdc++ places a tuple's elements last to first, a pair's not: their
    // layouts must not look the same.
    constexpr bool is_pair = has_first<T>;
    auto made = basic_node<T>(type_kind::tuple, is_pair ? "pair" : "tuple");
    made.fields = fields.data();
    made.field_count = size;
    if constexpr (copyable<T>::value)
      lifetime<T>::fill_copy(made);
    return made;
  }();
};
template <class A, class B>
struct copyable<std::pair<A, B>> : copyable_all<A, B> {};
template <class... T>
struct copyable<std::tuple<T...>>
    : std::bool_constant<(copyable<T>::value && ...)> {};
template <class A, class B>
struct node_of<std::pair<A, B>> : tuple_node<std::pair<A, B>> {};
template <class... T>
struct node_of<std::tuple<T...>> : tuple_node<std::tuple<T...>> {};

}  // namespace instar::detail
