// What all nodes of the type table have in common: how a value is made, moved and
// destroyed, whether it may be copied, and the refusal of types that are not
// closed. Private to type_of.hpp.
#pragma once

#include "module/type_node.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace instar::detail {

template <class T>
struct lifetime {
  static void default_construct(void* at) { ::new (at) T(); }
  static void copy_construct(void* at, const void* from) {
    ::new (at) T(*static_cast<const T*>(from));
  }
  static void move_construct(void* at, void* from) {
    ::new (at) T(std::move(*static_cast<T*>(from)));
  }
  static void destroy(void* at) { static_cast<T*>(at)->~T(); }

  static constexpr void fill(type_node& node) {
    node.size = sizeof(T);
    node.align = alignof(T);
    if constexpr (std::is_default_constructible_v<T>) {
      node.default_construct = default_construct;
    }
    node.move_construct = move_construct;
    node.destroy = destroy;
  }
  // Apart, because a container of move-only elements claims to be copyable.
  static constexpr void fill_copy(type_node& node) {
    node.copy_construct = copy_construct;
  }
};

template <class>
constexpr bool is_closed = false;

template <class T>
struct node_of {
  static_assert(
      is_closed<T>,
      "this type cannot stand in a state or a message: it is neither arithmetic, "
      "enum, string, chrono, a std container with default allocator and "
      "comparator, optional, variant, unique_ptr, nor a struct described by "
      "BOOST_DESCRIBE_STRUCT; a pointer, string_view, shared_ptr, std::function "
      "or std::any would outlive the module's code");
  static constexpr type_node node{};
};

template <class... T>
struct part_list {
  static constexpr std::array<const type_node*, sizeof...(T)> parts{
      &node_of<T>::node...};
};

template <class T>
struct copyable : std::is_copy_constructible<T> {};
template <class T, class... Rest>
struct copyable_all
    : std::bool_constant<copyable<T>::value && (copyable<Rest>::value && ...)> {
};
template <class T>
constexpr type_node basic_node(type_kind kind, const char* name) {
  type_node node{};
  node.kind = kind;
  node.name = name;
  lifetime<T>::fill(node);
  return node;
}

template <class T, class... Parts>
constexpr type_node compound_node(type_kind kind, const char* name,
                                  const void* functions) {
  auto node = basic_node<T>(kind, name);
  node.functions = functions;
  if constexpr (sizeof...(Parts) > 0) {
    node.parts = part_list<Parts...>::parts.data();
    node.part_count = sizeof...(Parts);
  }
  return node;
}

}  // namespace instar::detail
