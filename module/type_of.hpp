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

#include "module/detail/choice_nodes.hpp"
#include "module/detail/container_nodes.hpp"
#include "module/detail/node_of.hpp"
#include "module/detail/scalar_nodes.hpp"
#include "module/detail/struct_nodes.hpp"
#include "module/detail/tuple_nodes.hpp"
#include "module/type_node.hpp"

namespace instar {

/// The node of T, constant and in the module that asks.
template <class T>
constexpr const type_node& type_of() {
  return detail::node_of<T>::node;
}

}  // namespace instar
