// Small help for messages that people read.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace instar {

/// The candidate nearest to `word` by edit distance, else the only one that
/// begins with it, or an empty string where none is near enough to be worth a
/// "did you mean".
std::string nearest(std::string_view word,
                    std::span<const std::string_view> candidates);

}  // namespace instar
