#include "appup/yaml_fault.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace instar::appup {
namespace {

constexpr auto npos = std::string_view::npos;

std::string_view line_at(std::string_view text, std::uint32_t line) {
  std::size_t start = 0;
  for (std::uint32_t n = 1; n < line; ++n) {
    start = text.find('\n', start);
    if (start == npos)
      return {};
    ++start;
  }
  return text.substr(start, text.find('\n', start) - start);
}

std::size_t indentation(std::string_view line) {
  return std::min(line.find_first_not_of(" \t\r"), line.size());
}

bool is_blank_or_comment(std::string_view line) {
  const auto start = indentation(line);
  return start == line.size() || line[start] == '#';
}

// Just behind the closing quote of what opens at `start`; npos without one.
std::size_t end_of_quote(std::string_view text, std::size_t start) {
  const char quote = text[start];
  for (std::size_t i = start + 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 >= text.size() || text[i + 1] != '\'')
        return i + 1;
      ++i;  // two of them stand for one
    }
  }
  return npos;
}

// The quotes and brackets of a text, as far as they can be told without
// parsing it: what is quoted, a comment or a block of text has none.
class scanner {
public:
  explicit scanner(std::string_view text) : text_(text) { scan(); }

  struct quoted {
    text_position start;
    /// Line 0: it has no end.
    text_position end;
  };
  std::vector<quoted> quotes;
  /// Not closed at the end, or where a wrong bracket closes.
  struct bracket {
    text_position at;
    char opens = 0;
  };
  std::vector<bracket> open;
  std::optional<bracket> wrong;

private:
  void scan() {
    while (at_ < text_.size() && !wrong) {
      const char c = text_[at_];
      if (c == '\n') {
        step();
        is_start_ = true;
        line_start_ = at_;
      } else if (c == ' ' || c == '\t' || c == '\r') {
        step();
      } else if (c == '#' && (at_ == 0 || is_space(text_[at_ - 1]))) {
        skip_line();
      } else if (is_start_ && (c == '"' || c == '\'')) {
        skip_quote();
      } else if (is_start_ && open.empty() && (c == '|' || c == '>')) {
        skip_block();
      } else {
        scan_character(c);
      }
    }
  }

  void scan_character(char c) {
    const bool opens = c == '[' || c == '{';
    const bool closes = c == ']' || c == '}';
    if (opens && (is_start_ || !open.empty())) {
      open.push_back({place_, c});
      is_start_ = true;
    } else if (closes && !open.empty()) {
      if ((open.back().opens == '[') != (c == ']')) {
        wrong = bracket{place_, c};
        return;
      }
      open.pop_back();
      is_start_ = false;
    } else if (c == ',' && !open.empty()) {
      is_start_ = true;
    } else {
      const bool is_last = at_ + 1 >= text_.size();
      is_start_ = (c == '-' || c == ':' || c == '?') &&
                  (is_last || is_space(text_[at_ + 1]));
    }
    step();
  }

  static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }

  void step() {
    if (text_[at_] == '\n') {
      ++place_.line;
      place_.column = 1;
    } else {
      ++place_.column;
    }
    ++at_;
  }

  void skip_line() {
    while (at_ < text_.size() && text_[at_] != '\n')
      step();
  }

  void skip_quote() {
    const auto end = end_of_quote(text_, at_);
    quotes.push_back({place_, {}});
    while (at_ < std::min(end, text_.size()))
      step();
    if (end != npos)
      quotes.back().end = place_;
    is_start_ = false;
  }

  // The lines of a block of text are further in than the line that begins it.
  void skip_block() {
    const auto least = indentation(text_.substr(line_start_));
    skip_line();
    while (at_ < text_.size()) {
      const auto next = text_.substr(at_ + 1);
      const auto line = next.substr(0, next.find('\n'));
      if (indentation(line) < line.size() && indentation(line) <= least)
        return;
      step();
      skip_line();
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  text_position place_{1, 1};
  bool is_start_ = true;
};

std::string place(text_position at, std::uint32_t seen_from) {
  return at.line == seen_from
             ? fmt::format("column {}", at.column)
             : fmt::format("line {}, column {}", at.line, at.column);
}

std::optional<placed_message> bad_bracket(const scanner& found) {
  if (found.wrong) {
    const auto& last = found.open.back();
    return placed_message{
        found.wrong->at,
        fmt::format("{} does not close the {} of {}", found.wrong->opens,
                    last.opens, place(last.at, found.wrong->at.line))};
  }
  if (found.open.empty())
    return std::nullopt;
  return placed_message{found.open.back().at,
                        fmt::format("the {} that opens here is never closed",
                                    found.open.back().opens)};
}

placed_message describe_bracket(const scanner& found,
                                const yaml_failure& failure) {
  if (auto bad = bad_bracket(found))
    return *bad;
  const auto last =
      std::find_if(failure.open.rbegin(), failure.open.rend(),
                   [](const auto& one) { return one.has_brackets; });
  if (last == failure.open.rend())
    return {failure.at, "a closing bracket that closes nothing"};
  return {failure.at,
          fmt::format("expected , or {} here: the {} of {} is open",
                      last->is_map ? '}' : ']', last->is_map ? '{' : '[',
                      place(last->at, failure.at.line))};
}

placed_message describe_indentation(std::string_view text,
                                    const yaml_failure& failure) {
  const auto line = line_at(text, failure.at.line);
  const auto start = indentation(line);
  if (failure.at.column != start + 1) {
    return {failure.at,
            "the value ends before this: a text that has quotes or brackets "
            "in it is quoted as a whole"};
  }
  std::set<std::uint32_t> columns;
  for (const auto* all : {&failure.open, &failure.closed}) {
    for (const auto& one : *all) {
      if (!one.has_brackets)
        columns.insert(one.at.column);
    }
  }
  const bool is_item = line.substr(start).starts_with("- ");
  if (!failure.open.empty() && columns.contains(failure.at.column)) {
    const auto& last = failure.open.back();
    return {failure.at,
            fmt::format("{} in the middle of the {} that begins in line {}",
                        is_item ? "a list item" : "a key",
                        last.is_map ? "map" : "list", last.at.line)};
  }
  return {failure.at,
          fmt::format("wrong indentation: the line begins in column {}, but "
                      "what it may belong to in {}",
                      failure.at.column, fmt::join(columns, ", "))};
}

// A colon that has no key: mostly the key before it is not what it looks like.
placed_message describe_key(std::string_view text,
                            const yaml_failure& failure) {
  const auto line = line_at(text, failure.at.line);
  if (line.substr(0, failure.at.column - 1).find(": ") != npos) {
    return {failure.at,
            "a second colon in one line: a text with a colon and a space in "
            "it is put in quotes"};
  }
  auto above = failure.at.line - 1;
  while (above > 0 && is_blank_or_comment(line_at(text, above)))
    --above;
  auto before = line_at(text, above);
  auto start = indentation(before);
  while (before.substr(start).starts_with("- "))
    start += 2;
  before = before.substr(start);
  before = before.substr(0, before.find_last_not_of(" \t\r") + 1);
  const auto colon = before.find(':');
  if (above == 0 || before.find(": ") != npos || before.ends_with(':'))
    return {failure.at, "a colon without a key before it"};
  const auto column = static_cast<std::uint32_t>(
      start + (colon == npos ? before.size() : colon + 1) + 1);
  return {{above, column},
          colon == npos ? "a colon is missing after the key"
                        : "a space is missing after the colon"};
}

}  // namespace

std::optional<placed_message> find_bad_bracket(std::string_view text) {
  return bad_bracket(scanner(text));
}

std::optional<text_position> place_of_open_bracket(std::string_view text,
                                                   std::size_t index) {
  const scanner found(text);
  if (index >= found.open.size())
    return std::nullopt;
  return found.open[index].at;
}

bool is_closed_quote(std::string_view text, std::size_t offset) {
  if (offset >= text.size() || (text[offset] != '"' && text[offset] != '\''))
    return true;
  return end_of_quote(text, offset) != npos;
}

std::optional<text_position> place_of_empty_item(std::string_view text,
                                                 std::size_t offset,
                                                 std::uint32_t line) {
  auto rest = text.substr(0, std::min(offset, text.size()));
  while (line > 0) {
    const auto start = rest.rfind('\n') + 1;  // 0 where there is none
    const auto last = rest.substr(start);
    if (!is_blank_or_comment(last)) {
      const auto dash = indentation(last);
      if (last[dash] != '-')
        return std::nullopt;
      return text_position{line, static_cast<std::uint32_t>(dash + 1)};
    }
    if (start == 0)
      break;
    rest = rest.substr(0, start - 1);
    --line;
  }
  return std::nullopt;
}

placed_message describe(std::string_view text, const yaml_failure& failure) {
  const auto line = line_at(text, failure.at.line);
  const auto tab = line.substr(0, indentation(line)).find('\t');
  if (tab != npos) {
    return {{failure.at.line, static_cast<std::uint32_t>(tab + 1)},
            "a tab in the indentation: YAML is indented with spaces"};
  }
  const scanner found(text);
  for (const auto& one : found.quotes) {
    if (one.end.line == 0)
      return {one.start, "the quote that opens here is never closed"};
    if (one.start.line < failure.at.line && one.end.line == failure.at.line) {
      return {one.start, fmt::format("the quote that opens here is closed in "
                                     "line {} only: is one missing?",
                                     one.end.line)};
    }
  }
  switch (failure.what) {
    case yaml_fault::bracket:
      return describe_bracket(found, failure);
    case yaml_fault::indentation:
      return describe_indentation(text, failure);
    case yaml_fault::key:
      return describe_key(text, failure);
    case yaml_fault::list_item:
      return {failure.at, "a list begins in a line of its own, below its key"};
    case yaml_fault::character:
      return {failure.at,
              fmt::format("{} cannot begin a value: put it in quotes",
                          failure.at.column <= line.size()
                              ? line.substr(failure.at.column - 1, 1)
                              : "this")};
    case yaml_fault::quote:
    case yaml_fault::other:
      break;
  }
  return {failure.at, failure.words};
}

}  // namespace instar::appup
