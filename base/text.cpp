#include "base/text.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace instar {
namespace {

// A beginning that is shorter says too little of what was meant.
constexpr std::size_t least_beginning = 3;

// Optimal string alignment: insertions, deletions, substitutions and swaps of
// neighbours cost one each.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1),
      row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t same = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + same});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

bool matches(std::string_view text, std::string_view pattern) {
  std::size_t at = 0;
  std::size_t of = 0;
  // The last star, and how far what it stands for goes.
  auto star = std::string_view::npos;
  std::size_t star_ends = 0;
  while (at < text.size()) {
    if (of < pattern.size() && pattern[of] == '*') {
      star = of++;
      star_ends = at;
    } else if (of < pattern.size() &&
               (pattern[of] == '?' || pattern[of] == text[at])) {
      ++of;
      ++at;
    } else if (star != std::string_view::npos) {
      of = star + 1;
      at = ++star_ends;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', of) == std::string_view::npos;
}

std::string nearest(std::string_view word,
                    std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > 64)
    return {};
  const std::size_t limit = std::max<std::size_t>(1, word.size() / 3);
  std::size_t best = limit + 1;
  std::string_view found;
  std::size_t begun = 0;
  std::string_view whole;
  for (const auto candidate : candidates) {
    if (word.size() >= least_beginning && candidate.starts_with(word)) {
      ++begun;
      whole = candidate;
    }
    if (candidate.size() > word.size() + limit ||
        word.size() > candidate.size() + limit) {
      continue;
    }
    const auto distance = edit_distance(word, candidate);
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  if (found.empty() && begun == 1)
    found = whole;
  return std::string(found);
}

}  // namespace instar
