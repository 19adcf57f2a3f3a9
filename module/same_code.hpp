// Whether two module files hold the same code, apart from the version that they
// were built as. Any thread.
//
// Two builds of one source in two versions differ in their build ids and where
// the version itself stands: in the note, the descriptor and mangled names. So
// those are taken for equal, and nothing else that a process would map is.
#pragma once

#include <string_view>

namespace instar::module_file {

/// False as well where it cannot be told: bytes that are no module, or versions
/// of different lengths, which move everything that comes after them.
bool is_same_code(std::string_view one, std::string_view other);

}  // namespace instar::module_file
