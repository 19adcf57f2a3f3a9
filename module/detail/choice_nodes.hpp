// Nodes of optional, unique_ptr and variant. Private to type_of.hpp.
#pragma once

#include "module/detail/node_of.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace instar::detail {

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

}  // namespace instar::detail
