#include "base/names.hpp"

#include <algorithm>

namespace instar {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_alnum(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

bool is_valid_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 && is_lower(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_alnum(c) || c == '_'; });
}

bool is_valid_vsn(std::string_view vsn) {
  return !vsn.empty() && vsn.size() <= 64 && is_alnum(vsn.front()) &&
         std::all_of(vsn.begin(), vsn.end(), [](char c) {
           return is_alnum(c) || c == '.' || c == '_' || c == '+' || c == '~' ||
                  c == '-';
         });
}

}  // namespace instar
