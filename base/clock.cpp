#include "base/clock.hpp"

namespace instar {

steady_time real_clock::now() const {
  return std::chrono::steady_clock::now();
}

std::chrono::system_clock::time_point real_clock::date() const {
  return std::chrono::system_clock::now();
}

}  // namespace instar
