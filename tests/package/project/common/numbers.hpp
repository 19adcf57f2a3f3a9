// A library of the project, linked into each of its modules.
#pragma once

#include <cstdint>
#include <string>

namespace numbers {

/// With a thousands separator: 12 345.
std::string grouped(std::int64_t number);

}  // namespace numbers
