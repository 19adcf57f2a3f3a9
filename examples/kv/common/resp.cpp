#include "resp.hpp"

#include <charconv>
#include <limits>

namespace kv::resp {
namespace {

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

char escaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

void add_number_line(std::string& to, char type, std::int64_t number) {
  char line[24];
  line[0] = type;
  char* end = std::to_chars(line + 1, line + sizeof(line), number).ptr;
  *end++ = '\r';
  *end++ = '\n';
  to.append(line, end);
}

}  // namespace

bool read_integer(std::string_view text, std::int64_t& to) {
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, to);
  if (read.ec != std::errc() || read.ptr != end)
    return false;
  const bool is_negative = text.front() == '-';
  const auto digits = text.substr(is_negative ? 1 : 0);
  return digits.front() != '0' || (digits.size() == 1 && !is_negative);
}

void add_integer(std::string& to, std::int64_t number) {
  add_number_line(to, ':', number);
}

void add_bulk(std::string& to, std::string_view bytes) {
  add_number_line(to, '$', static_cast<std::int64_t>(bytes.size()));
  to.append(bytes);
  to.append("\r\n");
}

void add_array_head(std::string& to, std::size_t size) {
  add_number_line(to, '*', static_cast<std::int64_t>(size));
}

std::string error(std::string_view text) {
  std::string line = "-";
  for (const char c : text)
    line += c == '\r' || c == '\n' ? ' ' : c;
  return line += "\r\n";
}

reader::outcome reader::incomplete(std::size_t wanted) {
  if (input_.size() - at_ > command_limit_bytes)
    return broken("Protocol error: too big request");
  wanted_ = wanted;
  return outcome::incomplete;
}

reader::outcome reader::broken(std::string text) {
  error_ = std::move(text);
  return outcome::broken;
}

reader::outcome reader::next(std::vector<std::string_view>& words) {
  for (;;) {
    words.clear();
    if (at_ == input_.size())
      return incomplete(1);
    const auto read =
        input_[at_] == '*' ? next_array(words) : next_inline(words);
    // An empty line or array is no command, and has no answer.
    if (read != outcome::command || !words.empty())
      return read;
  }
}

reader::outcome reader::next_inline(std::vector<std::string_view>& words) {
  const auto end = input_.find('\n', at_);
  if (end == std::string_view::npos) {
    if (input_.size() - at_ > line_limit_bytes)
      return broken("Protocol error: too big inline request");
    return incomplete(input_.size() - at_ + 1);
  }
  auto line = input_.substr(at_, end - at_);
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  if (!split_line(line, words))
    return broken("Protocol error: unbalanced quotes in request");
  at_ = end + 1;
  return outcome::command;
}

/// Words between blanks; "..." with escapes as in C, '...' with \' only.
bool reader::split_line(std::string_view line,
                        std::vector<std::string_view>& words) {
  std::size_t i = 0;
  for (;;) {
    while (i < line.size() && is_blank(line[i]))
      ++i;
    if (i == line.size())
      return true;
    auto& word = unquoted_.emplace_back();
    char quote = 0;
    for (bool is_done = false; !is_done; ++i) {
      if (i == line.size()) {
        if (quote != 0)
          return false;
        break;
      }
      const char c = line[i];
      const auto left = line.size() - i;
      if (quote == '"' && c == '\\' && left > 3 && line[i + 1] == 'x' &&
          hex_digit(line[i + 2]) >= 0 && hex_digit(line[i + 3]) >= 0) {
        word += static_cast<char>(hex_digit(line[i + 2]) * 16 +
                                  hex_digit(line[i + 3]));
        i += 3;
      } else if (quote == '"' && c == '\\' && left > 1) {
        word += escaped(line[++i]);
      } else if (quote == '\'' && c == '\\' && left > 1 &&
                 line[i + 1] == '\'') {
        word += line[++i];
      } else if (quote != 0 && c == quote) {
        // Behind a closing quote there must be a blank or nothing.
        if (left > 1 && !is_blank(line[i + 1]))
          return false;
        is_done = true;
      } else if (quote != 0) {
        word += c;
      } else if (is_blank(c)) {
        is_done = true;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else {
        word += c;
      }
    }
    words.push_back(word);
  }
}

/// `*3\r\n` or `$5\r\n` from its second character; `at` is behind it then.
reader::outcome reader::read_length(std::size_t& at, std::int64_t& length,
                                    const char* what) {
  const auto end = input_.find('\r', at);
  if (end == std::string_view::npos) {
    if (input_.size() - at > line_limit_bytes)
      return broken(std::string("Protocol error: too big ") + what + " string");
    return incomplete(input_.size() - at_ + 1);
  }
  if (end + 1 == input_.size())
    return incomplete(input_.size() - at_ + 1);
  const auto digits = input_.substr(at, end - at);
  if (!read_integer(digits, length))
    length = std::numeric_limits<std::int64_t>::max();
  at = end + 2;
  return outcome::command;
}

reader::outcome reader::next_array(std::vector<std::string_view>& words) {
  auto at = at_ + 1;
  std::int64_t count = 0;
  if (auto read = read_length(at, count, "mbulk count");
      read != outcome::command) {
    return read;
  }
  if (count > words_limit)
    return broken("Protocol error: invalid multibulk length");
  // `$0\r\n\r\n` is the shortest word.
  constexpr std::size_t shortest_word = 6;
  for (; count > 0; --count) {
    const auto missing = static_cast<std::size_t>(count) * shortest_word;
    if (input_.size() - at < shortest_word && at == input_.size())
      return incomplete(at - at_ + missing);
    if (input_[at] != '$') {
      return broken(std::string("Protocol error: expected '$', got '") +
                    input_[at] + "'");
    }
    ++at;
    std::int64_t length = 0;
    if (auto read = read_length(at, length, "bulk count");
        read != outcome::command) {
      return read;
    }
    if (length < 0 || length > word_limit_bytes)
      return broken("Protocol error: invalid bulk length");
    const auto size = static_cast<std::size_t>(length);
    if (input_.size() - at < size + 2)
      return incomplete(at - at_ + size + 2 + missing - shortest_word);
    words.push_back(input_.substr(at, size));
    at += size + 2;
  }
  at_ = at;
  return outcome::command;
}

}  // namespace kv::resp
