// Makes the type table's nodes of C++ types, for closed types only.
//
// Closed types carry no code of their module: arithmetic types, enumerations
// (BOOST_DESCRIBE_ENUM), std::string, instar::value, chrono durations and time
// points, std containers, pair, tuple, array, optional, variant, unique_ptr,
// and structs described by BOOST_DESCRIBE_STRUCT, all with the default
// allocator, comparator, hash and deleter. Anything else (std::function,
// std::any, shared_ptr, raw pointers, string_view, polymorphic types) does not
// compile here.
#pragma once

#include "module/type_name.hpp"
#include "module/type_node.hpp"

#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/json/value.hpp>
#include <boost/mp11/algorithm.hpp>
#include <boost/pfr/tuple_size.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace instar {

/// The node of T, constant and in the module that asks.
template <class T>
constexpr const type_node& type_of();

namespace detail {

namespace describe = boost::describe;
namespace mp11 = boost::mp11;

template <class T>
using described_members =
    describe::describe_members<T, describe::mod_any_access |
                                      describe::mod_inherited>;

template <class T>
concept described_struct =
    std::is_class_v<T> && describe::has_describe_members<T>::value;

template <class T>
concept described_enum =
    std::is_enum_v<T> && describe::has_describe_enumerators<T>::value;

// ---- lifetime ------------------------------------------------------------

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

// ---- which types may be copied -------------------------------------------

template <class T>
struct copyable : std::is_copy_constructible<T> {};
template <class T, class... Rest>
struct copyable_all
    : std::bool_constant<copyable<T>::value && (copyable<Rest>::value && ...)> {
};
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

// ---- scalars ---------------------------------------------------------------

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
  using list = describe::describe_enumerators<T>;
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

// ---- structs ---------------------------------------------------------------

template <class T, class D>
using member_type =
    std::remove_cvref_t<decltype(std::declval<T&>().*D::pointer)>;

template <class T>
constexpr bool is_complete_description() {
  if constexpr (std::is_aggregate_v<T>) {
    return boost::pfr::tuple_size_v<T> ==
           mp11::mp_size<described_members<T>>::value;
  } else {
    return true;  // private members: the loader's comparison of offsets remains
  }
}

template <class T, class D>
const void* member_address(const void* object) {
  return &(static_cast<const T*>(object)->*D::pointer);
}

template <class T>
struct struct_fields {
  template <template <class...> class L, class... D>
  static constexpr auto make(L<D...>) {
    std::array<type_field, sizeof...(D)> fields{};
    [[maybe_unused]] std::size_t at = 0;
    [[maybe_unused]] std::size_t index = 0;
    (
        [&] {
          using M = member_type<T, D>;
          at = (at + alignof(M) - 1) / alignof(M) * alignof(M);
          fields[index++] = type_field{D::name, static_cast<std::uint32_t>(at),
                                       &node_of<M>::node, member_address<T, D>};
          at += sizeof(M);
        }(),
        ...);
    return fields;
  }
  template <template <class...> class L, class... D>
  static constexpr bool all_copyable(L<D...>) {
    return (copyable<member_type<T, D>>::value && ...);
  }
};

template <class T>
struct struct_node {
  static_assert(!std::is_polymorphic_v<T>,
                "a polymorphic type cannot stand in a state or a message: its "
                "virtual table would outlive the module");
  static_assert(!std::is_union_v<T>, "a union cannot be described");
  static_assert(
      is_complete_description<T>(),
      "a member is missing in BOOST_DESCRIBE_STRUCT: every member of a "
      "state or a message must be described, or it would be lost");
  static const type_node node;
};

template <class T>
struct fields_of {
  static constexpr auto fields = struct_fields<T>::make(described_members<T>{});
};

template <class T>
constinit const type_node struct_node<T>::node = [] {
  auto made = basic_node<T>(type_kind::structure, type_name<T>::text);
  made.fields = fields_of<T>::fields.data();
  made.field_count = fields_of<T>::fields.size();
  if constexpr (std::is_copy_constructible_v<T>) {
    if constexpr (struct_fields<T>::all_copyable(described_members<T>{})) {
      lifetime<T>::fill_copy(made);
    }
  }
  return made;
}();

template <described_struct T>
struct node_of<T> : struct_node<T> {};

// ---- tuples ----------------------------------------------------------------

inline constexpr const char* tuple_names[] = {"0", "1", "2", "3", "4",
                                              "5", "6", "7", "8", "9"};

template <class T, std::size_t I>
const void* tuple_element_address(const void* object) {
  return &std::get<I>(*static_cast<const T*>(object));
}

template <class T>
struct tuple_node {
  static constexpr std::size_t size = std::tuple_size_v<T>;
  static_assert(size <= 10, "a tuple of more than ten elements: use a struct");
  // The offsets of a tuple are not written down anywhere; `at` finds them.
  static constexpr auto fields =
      []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<type_field, size>{type_field{
        tuple_names[I], UINT32_MAX, &node_of<std::tuple_element_t<I, T>>::node,
        tuple_element_address<T, I>}...};
  }
  (std::make_index_sequence<size>{});
  static constexpr type_node node = [] {
    // libstdc++ places a tuple's elements last to first, a pair's not: their
    // layouts must not look the same.
    constexpr bool is_pair = requires {
      typename T::first_type;
    };
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

// ---- containers
// --------------------------------------------------------------

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
                                                requires {typename C::key_type;
}
};  // namespace detail
};  // namespace instar

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

// ---- optional, unique_ptr, variant
// -------------------------------------------

template <class O, class T>
struct optional_table {
  static const void* get(const void* o) {
    const auto& optional = *static_cast<const O*>(o);
    return optional ? &*optional : nullptr;
  }
  static void* emplace(void* o) {
    auto& optional = *static_cast<O*>(o);
    if constexpr (requires { optional.emplace(); }) {
      return &optional.emplace();
    } else {
      optional = std::make_unique<T>();
      return optional.get();
    }
  }
  static void reset(void* o) { static_cast<O*>(o)->reset(); }
  static constexpr optional_functions functions{get, emplace, reset};
};

template <class T>
struct copyable<std::optional<T>> : copyable<T> {};
template <class T>
struct node_of<std::optional<T>> {
  using type = std::optional<T>;
  static constexpr type_node node = [] {
    auto made = compound_node<type, T>(type_kind::optional, "optional",
                                       &optional_table<type, T>::functions);
    if constexpr (copyable<T>::value)
      lifetime<type>::fill_copy(made);
    return made;
  }();
};

template <class T>
struct unique_ptr_node {
  static_assert(
      !std::is_array_v<T> && !std::is_polymorphic_v<T>,
      "unique_ptr of an array or of a polymorphic type is not closed");
  static const type_node node;
};
template <class T>
struct node_of<std::unique_ptr<T>> : unique_ptr_node<T> {};
template <class T>
constinit const type_node unique_ptr_node<T>::node =
    compound_node<std::unique_ptr<T>, T>(
        type_kind::optional, "unique_ptr",
        &optional_table<std::unique_ptr<T>, T>::functions);

template <class V>
struct variant_table {
  static std::size_t index(const void* v) {
    return static_cast<const V*>(v)->index();
  }
  static const void* get(const void* v) {
    return std::visit([](const auto& a) -> const void* { return &a; },
                      *static_cast<const V*>(v));
  }
  template <std::size_t I>
  static void* emplace_at(V& v) {
    return &v.template emplace<I>();
  }
  static void* emplace(void* v, std::size_t index) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      void* at = nullptr;
      ((I == index ? void(at = emplace_at<I>(*static_cast<V*>(v))) : void()),
       ...);
      return at;
    }
    (std::make_index_sequence<std::variant_size_v<V>>{});
  }
  static constexpr variant_functions functions{index, get, emplace};
};
template <class... T>
struct copyable<std::variant<T...>>
    : std::bool_constant<(copyable<T>::value && ...)> {};
template <class... T>
struct node_of<std::variant<T...>> {
  using type = std::variant<T...>;
  static constexpr type_node node = [] {
    auto made = compound_node<type, T...>(type_kind::variant, "variant",
                                          &variant_table<type>::functions);
    if constexpr (copyable<type>::value)
      lifetime<type>::fill_copy(made);
    return made;
  }();
};

}  // namespace detail

template <class T>
constexpr const type_node& type_of() {
  return detail::node_of<T>::node;
}

}  // namespace instar
