// Functions only, no process: an upgrade just loads it.
#include "runtime/module.hpp"

#include <string>

namespace {

/// Groups of three digits: 1,234,567.
std::string format(std::int64_t count) {
  auto text = std::to_string(count);
  const std::size_t first_digit = count < 0 ? 1 : 0;
  for (auto at = text.size(); at > first_digit + 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

struct counter_format : instar::library {
  using exports = instar::export_list<instar::fn<"format", &format>>;
};

}  // namespace

INSTAR_MODULE(counter_format)
