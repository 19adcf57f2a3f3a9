#include "glob.hpp"

#include <utility>

namespace kv {
namespace {

/// Matches one character against `[...]`; `at` stands behind the `[`, and
/// afterwards behind the `]`. A class that does not end, ends with the pattern.
bool in_class(std::string_view pattern, std::size_t& at, char c) {
  const bool is_negated = at < pattern.size() && pattern[at] == '^';
  if (is_negated)
    ++at;
  bool found = false;
  for (; at < pattern.size() && pattern[at] != ']'; ++at) {
    if (pattern[at] == '\\' && at + 1 < pattern.size()) {
      ++at;
      found = found || pattern[at] == c;
    } else if (at + 2 < pattern.size() && pattern[at + 1] == '-') {
      auto low = pattern[at];
      auto high = pattern[at + 2];
      if (low > high)
        std::swap(low, high);
      found = found || (c >= low && c <= high);
      at += 2;
    } else {
      found = found || pattern[at] == c;
    }
  }
  if (at < pattern.size())
    ++at;
  return found != is_negated;
}

/// One item of the pattern, that is no star, against one character.
bool matches_one(std::string_view pattern, std::size_t& at, char c) {
  switch (pattern[at]) {
    case '?':
      ++at;
      return true;
    case '[':
      return in_class(pattern, ++at, c);
    case '\\':
      if (at + 1 < pattern.size())
        ++at;
      [[fallthrough]];
    default:
      return pattern[at++] == c;
  }
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  // Where to go on when the text behind the last star does not fit.
  auto star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_text = t;
      continue;
    }
    if (p < pattern.size() && matches_one(pattern, p, text[t])) {
      ++t;
      continue;
    }
    if (star == std::string_view::npos)
      return false;
    p = star;
    t = ++star_text;
  }
  while (p < pattern.size() && pattern[p] == '*')
    ++p;
  return p == pattern.size();
}

}  // namespace kv
