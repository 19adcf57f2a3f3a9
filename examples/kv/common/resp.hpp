// The Redis serialization protocol, version 2: reads commands, writes answers.
// Pure; the limits are Redis's own, as are the texts of the errors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace kv::resp {

/// A line (an inline command, or a length) that has no end until here.
inline constexpr std::size_t line_limit_bytes = 64 * 1024;
inline constexpr std::int64_t word_limit_bytes = 512ll << 20;
inline constexpr std::int64_t words_limit = INT32_MAX;
/// Of one command, whole.
inline constexpr std::size_t command_limit_bytes = 1ull << 30;

/// A decimal integer of 64 bits, whole and in its only spelling, as Redis
/// demands: no `+1`, no `01`, no blanks.
bool read_integer(std::string_view text, std::int64_t& to);

void add_integer(std::string& to, std::int64_t number);
void add_bulk(std::string& to, std::string_view bytes);
void add_array_head(std::string& to, std::size_t size);
inline constexpr std::string_view nil = "$-1\r\n";
inline constexpr std::string_view ok = "+OK\r\n";
/// `text` begins with the error's class: `ERR syntax error`.
std::string error(std::string_view text);

/// Takes commands one after the other out of bytes that may end anywhere.
class reader {
public:
  enum class outcome {
    command,
    /// Nothing whole is left: keep rest() until wanted() bytes are there.
    incomplete,
    /// What follows cannot be read; the connection ends after error_text().
    broken,
  };

  /// `input` must outlive the words that are read from it.
  explicit reader(std::string_view input) : input_(input) {}

  /// `words` point into the input or into this reader.
  outcome next(std::vector<std::string_view>& words);

  std::string_view rest() const { return input_.substr(at_); }
  /// No fewer bytes than these, from the begin of rest(), can be a command.
  std::size_t wanted() const { return wanted_; }
  /// Without the class of the error.
  const std::string& error_text() const { return error_; }

private:
  outcome next_inline(std::vector<std::string_view>& words);
  outcome next_array(std::vector<std::string_view>& words);
  outcome read_length(std::size_t& at, std::int64_t& length, const char* what);
  bool split_line(std::string_view line, std::vector<std::string_view>& words);
  outcome incomplete(std::size_t wanted);
  outcome broken(std::string text);

  std::string_view input_;
  std::size_t at_ = 0;
  std::size_t wanted_ = 0;
  std::string error_;
  /// Words of an inline command that were written with quotes.
  std::deque<std::string> unquoted_;
};

}  // namespace kv::resp
