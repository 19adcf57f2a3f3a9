// Nodes of structs described by BOOST_DESCRIBE_STRUCT. Private to type_of.hpp.
#pragma once

#include "module/detail/node_of.hpp"
#include "module/type_name.hpp"

#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <boost/pfr/tuple_size.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace instar::detail {

namespace describe = boost::describe;
namespace mp11 = boost::mp11;

template <class T>
using described_members =
    describe::describe_members<T, describe::mod_any_access |
                                      describe::mod_inherited>;

template <class T>
concept described_struct =
    std::is_class_v<T> && describe::has_describe_members<T>::value;

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

/// The old name of a field, where T declares one.
template <class T>
constexpr const char* old_name(const char* name) {
  if constexpr (requires { T::renames; }) {
    for (const renamed& one : T::renames) {
      if (std::string_view(one.now) == name)
        return one.was;
    }
  }
  return nullptr;
}

/// Whether every rename names a field.
template <class T>
constexpr bool renames_fields() {
  if constexpr (requires { T::renames; }) {
    for (const renamed& one : T::renames) {
      bool found = false;
      mp11::mp_for_each<described_members<T>>([&](auto member) {
        found = found || std::string_view(member.name) == one.now;
      });
      if (!found)
        return false;
    }
  }
  return true;
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
                                       &node_of<M>::node, member_address<T, D>,
                                       old_name<T>(D::name)};
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
  static_assert(renames_fields<T>(),
                "`renames` names a field that the struct does not have: write "
                "{\"old name\", \"name now\"}");
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

}  // namespace instar::detail
