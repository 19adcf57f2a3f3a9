// Whether two values of one layout are equal, by walking their type's table.
#pragma once

#include "module/type_node.hpp"

#include <string>

namespace instar {

/// Where `have` first differs from `want`, for people: `field limits[2].count is
/// 4, not 5`. Empty where they are equal. Elements without an order of their own (of
/// sets and unordered maps) are compared without one. Both are of `type`'s layout;
/// its module must stay mapped meanwhile. May throw what an allocation throws.
std::string value_difference(const type_node& type, const void* have,
                             const void* want);

}  // namespace instar
