#include "release_handler/vsn_order.hpp"

#include <algorithm>
#include <cstddef>

namespace instar::release_handler {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The place of the next character; a digit ends the part as the text's end does.
int rank_of(std::string_view text) {
  if (text.empty() || is_digit(text.front()))
    return 0;
  const char c = text.front();
  if (c == '~')
    return -1;
  const int byte = static_cast<unsigned char>(c);
  return is_letter(c) ? byte : byte + 256;
}

int compare_words(std::string_view& left, std::string_view& right) {
  while ((!left.empty() && !is_digit(left.front())) ||
         (!right.empty() && !is_digit(right.front()))) {
    const int difference = rank_of(left) - rank_of(right);
    if (difference != 0)
      return difference;
    left.remove_prefix(1);
    right.remove_prefix(1);
  }
  return 0;
}

// The digits at the front, without leading zeros.
std::string_view take_number(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  const auto end = static_cast<std::size_t>(
      std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
  const auto number = text.substr(0, end);
  text.remove_prefix(end);
  return number;
}

}  // namespace

int compare_vsn(std::string_view left, std::string_view right) {
  while (!left.empty() || !right.empty()) {
    if (const int words = compare_words(left, right); words != 0)
      return words;
    const auto one = take_number(left);
    const auto other = take_number(right);
    if (one.size() != other.size())
      return one.size() < other.size() ? -1 : 1;
    if (const int numbers = one.compare(other); numbers != 0)
      return numbers;
  }
  return 0;
}

}  // namespace instar::release_handler
