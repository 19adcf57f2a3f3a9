// The tag of an exit signal: what it says besides its reason.
#pragma once

#include <cstdint>

namespace instar {

/// Its sender lives on, and so does a link to it. As erlang:exit/2, where the others
/// say that their sender has ended.
inline constexpr std::uint64_t sender_lives = 1;

}  // namespace instar
