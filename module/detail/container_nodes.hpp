// Nodes of the standard containers and arrays. Private to type_of.hpp.
#pragma once

#include "module/detail/node_of.hpp"

#include <array>
#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <set>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace instar::detail {

template <class T>
struct copyable<std::vector<T>> : copyable<T> {};
template <class T>
struct copyable<std::deque<T>> : copyable<T> {};
template <class T>
struct copyable<std::list<T>> : copyable<T> {};
template <class K, class V>
struct copyable<std::map<K, V>> : copyable_all<K, V> {};
template <class K, class V>
struct copyable<std::unordered_map<K, V>> : copyable_all<K, V> {};

template <class C>
concept is_keyed = requires {
  typename C::key_type;
};

template <class C>
struct sequence_table {
  using element = typename C::value_type;
  static std::size_t size(const void* c) {
    return static_cast<const C*>(c)->size();
  }
  static void for_each(const void* c, void (*visit)(void*, const void*),
                       void* context) {
    for (const auto& e : *static_cast<const C*>(c)) {
      if constexpr (std::is_same_v<C, std::vector<bool>>) {
        const bool bit = e;
        visit(context, &bit);
      } else {
        visit(context, &e);
      }
    }
  }
  static void clear(void* c) { static_cast<C*>(c)->clear(); }
  static void append(void* c, void* moved) {
    auto& from = *static_cast<element*>(moved);
    if constexpr (requires(C & to) { to.push_back(std::move(from)); }) {
      static_cast<C*>(c)->push_back(std::move(from));
    } else {
      static_cast<C*>(c)->insert(std::move(from));
    }
  }
  static constexpr sequence_functions functions{size, for_each, clear, append,
                                                is_keyed<C>};
};

template <class C>
struct sequence_node {
  static const type_node node;
};
template <class C>
constexpr const char* sequence_name = "vector";

template <class C>
constinit const type_node sequence_node<C>::node = [] {
  auto made = compound_node<C, typename C::value_type>(
      type_kind::sequence, sequence_name<C>, &sequence_table<C>::functions);
  if constexpr (copyable<C>::value)
    lifetime<C>::fill_copy(made);
  return made;
}();

#define INSTAR_SEQUENCE(container)                                     \
  template <class T>                                                   \
  constexpr const char* sequence_name<std::container<T>> = #container; \
  template <class T>                                                   \
  struct node_of<std::container<T>> : sequence_node<std::container<T>> {}
INSTAR_SEQUENCE(vector);
INSTAR_SEQUENCE(deque);
INSTAR_SEQUENCE(list);
INSTAR_SEQUENCE(set);
INSTAR_SEQUENCE(multiset);
INSTAR_SEQUENCE(unordered_set);
#undef INSTAR_SEQUENCE

template <class C>
struct map_table {
  static std::size_t size(const void* c) {
    return static_cast<const C*>(c)->size();
  }
  static void for_each(const void* c,
                       void (*visit)(void*, const void*, const void*),
                       void* context) {
    for (const auto& [key, mapped] : *static_cast<const C*>(c)) {
      visit(context, &key, &mapped);
    }
  }
  static void clear(void* c) { static_cast<C*>(c)->clear(); }
  static void insert(void* c, void* key, void* mapped) {
    static_cast<C*>(c)->emplace(
        std::move(*static_cast<typename C::key_type*>(key)),
        std::move(*static_cast<typename C::mapped_type*>(mapped)));
  }
  static constexpr map_functions functions{size, for_each, clear, insert};
};

template <class C>
struct map_node {
  static const type_node node;
};
template <class C>
constexpr const char* map_name = "map";

template <class C>
constinit const type_node map_node<C>::node = [] {
  auto made = compound_node<C, typename C::key_type, typename C::mapped_type>(
      type_kind::map, map_name<C>, &map_table<C>::functions);
  if constexpr (copyable<C>::value)
    lifetime<C>::fill_copy(made);
  return made;
}();

#define INSTAR_MAP(container)                                        \
  template <class K, class V>                                        \
  constexpr const char* map_name<std::container<K, V>> = #container; \
  template <class K, class V>                                        \
  struct node_of<std::container<K, V>> : map_node<std::container<K, V>> {}
INSTAR_MAP(map);
INSTAR_MAP(multimap);
INSTAR_MAP(unordered_map);
#undef INSTAR_MAP

template <class T, std::size_t N>
struct copyable<std::array<T, N>> : copyable<T> {};
template <class T, std::size_t N>
struct node_of<std::array<T, N>> {
  using type = std::array<T, N>;
  static constexpr type_node node = [] {
    auto made = compound_node<type, T>(type_kind::array, "array", nullptr);
    made.count = N;
    if constexpr (copyable<T>::value)
      lifetime<type>::fill_copy(made);
    return made;
  }();
};

}  // namespace instar::detail
