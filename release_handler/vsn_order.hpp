// The order of versions, for `floor` alone: everywhere else they are opaque.
#pragma once

#include <string_view>

namespace instar::release_handler {

/// Below, equal to or above 0, as `left` is before, equal to or after `right`
/// in the order that dpkg gives upstream versions. Digits compare as a number
/// (1.9 < 1.10, 1.01 equals 1.1), letters come before other characters, the end
/// comes before both, and `~` even before the end (1.0~rc1 < 1.0). Any thread.
int compare_vsn(std::string_view left, std::string_view right);

}  // namespace instar::release_handler
