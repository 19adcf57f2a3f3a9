// Small help for messages that people read.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace instar {

/// Whether all of `text` is as `pattern` says: `*` is any text, `?` any one
/// character (byte), all others are themselves. In time text * pattern at most.
bool matches(std::string_view text, std::string_view pattern);

/// The candidate nearest to `word` by edit distance, else the only one that
/// begins with it, or an empty string where none is near enough to be worth a
/// "did you mean".
std::string nearest(std::string_view word,
                    std::span<const std::string_view> candidates);

}  // namespace instar
