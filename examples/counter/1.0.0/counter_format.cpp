// Functions only, no process: an upgrade just loads it.
#include "runtime/module.hpp"

#include <string>

namespace {

std::string format(std::int64_t count) {
  return std::to_string(count);
}

struct counter_format : instar::library {
  using exports = instar::export_list<instar::fn<"format", &format>>;
};

}  // namespace

INSTAR_MODULE(counter_format)
