// Numbers of any width behind a type_node. For the files of type_walk.hpp only.
#pragma once

#include "module/type_node.hpp"

#include <cstdint>
#include <cstring>
#include <limits>

namespace instar::detail {

template <class Narrow>
Narrow read_as(const void* object) {
  Narrow number;
  std::memcpy(&number, object, sizeof number);
  return number;
}

inline std::int64_t signed_of(const type_node& type, const void* object) {
  switch (type.size) {
    case 1:
      return read_as<std::int8_t>(object);
    case 2:
      return read_as<std::int16_t>(object);
    case 4:
      return read_as<std::int32_t>(object);
    default:
      return read_as<std::int64_t>(object);
  }
}

inline std::uint64_t unsigned_of(const type_node& type, const void* object) {
  switch (type.size) {
    case 1:
      return read_as<std::uint8_t>(object);
    case 2:
      return read_as<std::uint16_t>(object);
    case 4:
      return read_as<std::uint32_t>(object);
    default:
      return read_as<std::uint64_t>(object);
  }
}

/// As type_enumerator has it, where a large unsigned number is negative.
inline std::int64_t enumeration_of(const type_node& underlying,
                                   const void* object) {
  return underlying.kind == type_kind::signed_integer
             ? signed_of(underlying, object)
             : static_cast<std::int64_t>(unsigned_of(underlying, object));
}

inline long double floating_of(const type_node& type, const void* object) {
  switch (type.size) {
    case sizeof(float):
      return read_as<float>(object);
    case sizeof(double):
      return read_as<double>(object);
    default:
      return read_as<long double>(object);
  }
}

inline void set_floating(const type_node& type, void* object,
                         long double number) {
  switch (type.size) {
    case sizeof(float): {
      const auto narrow = static_cast<float>(number);
      std::memcpy(object, &narrow, sizeof narrow);
      break;
    }
    case sizeof(double): {
      const auto narrow = static_cast<double>(number);
      std::memcpy(object, &narrow, sizeof narrow);
      break;
    }
    default:
      std::memcpy(object, &number, sizeof number);
  }
}

/// The two's complement bits; what is cut off must not matter.
inline void set_integer(const type_node& type, void* object,
                        std::uint64_t bits) {
  std::memcpy(object, &bits,
              type.size);  // little endian, as ELFDATA2LSB demands
}

/// Whether the integer, negative where `is_negative` and then as two's
/// complement, fits the type.
inline bool fits_integer(const type_node& type, std::uint64_t bits,
                         bool is_negative) {
  const auto width = 8 * type.size;
  if (type.kind != type_kind::signed_integer) {
    return !is_negative && (width == 64 || bits >> width == 0);
  }
  const auto number = static_cast<std::int64_t>(bits);
  if (!is_negative && number < 0)
    return false;
  if (width == 64)
    return true;
  const auto most = (std::int64_t{1} << (width - 1)) - 1;
  return number <= most && number >= -most - 1;
}

}  // namespace instar::detail
