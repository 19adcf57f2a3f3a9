// Near misses of a document: what is wrong or right about it in one place. One
// thread.
#pragma once

#include "base/value.hpp"

#include <vector>

namespace instar::test {

/// `from`, and each document that is made of it by one change: a value replaced
/// by each of a few of other kinds, a member or item left out, a member added.
std::vector<value> mutations(const value& from);

}  // namespace instar::test
