// The JSON of a state, so that equal states give equal JSON.
#pragma once

#include "base/value.hpp"
#include "module/type_node.hpp"

namespace instar::testing {

/// `of` is what to_value made of an object of `type`. Elements of unordered sets
/// and maps, which stand there as arrays, are put into the order of their texts.
value sorted_value(const type_node& type, value of);

}  // namespace instar::testing
