#include "appup/diagnostic.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string_view>
#include <utility>

namespace instar::appup {
namespace {

// More than this on one screen helps nobody.
constexpr std::size_t shown_limit = 50;
constexpr std::size_t line_limit_bytes = 160;
constexpr std::size_t candidates_limit = 4096;
constexpr std::size_t guesses_limit = 200;

std::string_view line_of(std::string_view text, std::uint32_t line) {
  std::size_t start = 0;
  for (std::uint32_t n = 1; n < line; ++n) {
    start = text.find('\n', start);
    if (start == std::string_view::npos)
      return {};
    ++start;
  }
  auto found = text.substr(start);
  found = found.substr(0, found.find('\n'));
  if (!found.empty() && found.back() == '\r')
    found.remove_suffix(1);
  return found;
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// Names come from manifests, and texts in quotes can name any character.
void add_printable(std::string_view text, std::string& to) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    to += byte < 0x20 || byte == 0x7F ? '?' : c;
  }
}

// The line with a caret below it, both two spaces in.
std::string quote(std::string_view line, std::uint32_t column) {
  std::size_t caret = std::min<std::size_t>(column - 1, line.size());
  std::string_view lead;
  std::string_view tail;
  if (line.size() > line_limit_bytes) {
    if (caret > line_limit_bytes / 2) {
      std::size_t cut = caret - line_limit_bytes / 2;
      while (cut > 0 && continues_character(line[cut]))
        --cut;
      line.remove_prefix(cut);
      caret -= cut;
      lead = "...";
    }
    if (line.size() > line_limit_bytes) {
      std::size_t end = line_limit_bytes;
      while (end > 0 && continues_character(line[end]))
        --end;
      line = line.substr(0, end);
      tail = "...";
    }
  }
  std::string shown = "  " + std::string(lead);
  std::string below(shown.size(), ' ');
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto c = static_cast<unsigned char>(line[i]);
    shown += (c < 0x20 && c != '\t') || c == 0x7F ? '?' : line[i];
    // A tab below a tab keeps the caret under its character.
    if (i < caret && !continues_character(line[i])) {
      below += c == '\t' ? '\t' : ' ';
    }
  }
  return shown + std::string(tail) + "\n" + below + "^";
}

}  // namespace

void report(diagnostics& to, errc tag, source_position where,
            std::string message) {
  to.push_back({tag, std::move(where), std::move(message), severity::error});
}

void warn(diagnostics& to, errc tag, source_position where,
          std::string message) {
  to.push_back({tag, std::move(where), std::move(message), severity::warning});
}

diagnostic as_error(diagnostic warning) {
  warning.level = severity::error;
  warning.message = fmt::format("a warning is treated as an error: {}: {}",
                                tag_of(warning.tag), warning.message);
  warning.tag = errc::warnings_treated_as_errors;
  return warning;
}

std::string to_text(const diagnostic& one) {
  std::string text;
  const auto& [file, at] = one.where;
  if (file) {
    add_printable(file->name, text);
    if (at.line > 0)
      text += fmt::format(":{}:{}", at.line, at.column);
    text += ": ";
  }
  text += fmt::format(
      "{}[{}]: ", one.level == severity::error ? "error" : "warning",
      tag_of(one.tag));
  add_printable(one.message, text);
  if (file && at.line > 0) {
    text += '\n';
    text += quote(line_of(file->text, at.line), at.column);
  }
  return text;
}

std::string to_text(std::span<const diagnostic> all) {
  std::string text;
  std::set<std::string> said;
  for (const auto& one : all.first(std::min(all.size(), shown_limit))) {
    auto more = to_text(one);
    // A warning of an appup stands for its way up and for its way down.
    if (said.contains(more))
      continue;
    if (!text.empty())
      text += '\n';
    text += more;
    said.insert(std::move(more));
  }
  if (all.size() > shown_limit) {
    text += fmt::format("\nand {} more", all.size() - shown_limit);
  }
  return text;
}

failure to_failure(std::span<const diagnostic> all) {
  return {all.front().tag, to_text(all)};
}

std::string did_you_mean(std::string_view word,
                         std::span<const std::string_view> candidates) {
  // The distance is quadratic in the word: a huge list is not worth the time.
  if (candidates.size() > candidates_limit)
    return {};
  const auto found = nearest(word, candidates);
  if (found.empty())
    return {};
  return fmt::format(" (did you mean \"{}\"?)", found);
}

std::string did_you_mean(std::string_view word,
                         std::span<const std::string> candidates) {
  const std::vector<std::string_view> views(candidates.begin(),
                                            candidates.end());
  return did_you_mean(word, std::span<const std::string_view>(views));
}

bool is_worth_a_guess(const diagnostics& so_far) {
  return so_far.size() < guesses_limit;
}

}  // namespace instar::appup
