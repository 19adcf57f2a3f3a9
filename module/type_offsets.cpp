#include "module/type_walk.hpp"

#include <fmt/format.h>

#include <cstring>
#include <memory>
#include <new>
#include <set>
#include <string>

namespace instar {
namespace {

/// Zeroed memory where an object of the type could stand. `at` only forms an
/// address, so that no object, which might be expensive to make, is needed.
class place {
public:
  explicit place(const type_node& type)
      : align_(std::align_val_t{type.align}),
        at_(::operator new(type.size, align_)) {
    std::memset(at_, 0, type.size);
  }
  place(const place&) = delete;
  place& operator=(const place&) = delete;
  ~place() { ::operator delete(at_, align_); }
  const char* at() const { return static_cast<const char*>(at_); }

private:
  std::align_val_t align_;
  void* at_;
};

std::string fields_mismatch(const type_node& type) {
  const place object(type);
  std::uint64_t end = 0;
  for (std::uint32_t i = 0; i < type.field_count; ++i) {
    const auto& field = type.fields[i];
    const auto offset =
        static_cast<const char*>(field.at(object.at())) - object.at();
    if (offset != static_cast<std::ptrdiff_t>(field.offset)) {
      return fmt::format(
          "field {} of {} lies at {}, not at {} where the described fields "
          "before it end: describe every member, in its order",
          field.name, type.name, offset, field.offset);
    }
    end = std::uint64_t{field.offset} + field.type->size;
  }
  const auto rounded = (end + type.align - 1) / type.align * type.align;
  const auto expected = type.field_count == 0 ? 1 : rounded;
  if (expected == type.size)
    return {};
  return fmt::format(
      "{} has {} bytes, but its described fields take {}: describe every member",
      type.name, type.size, expected);
}

std::string mismatch(const type_node& type, std::set<const type_node*>& seen) {
  if (!seen.insert(&type).second)
    return {};
  std::string text;
  if (type.kind == type_kind::structure)
    text = fields_mismatch(type);
  for (std::uint32_t i = 0; text.empty() && i < type.field_count; ++i) {
    text = mismatch(*type.fields[i].type, seen);
  }
  for (std::uint32_t i = 0; text.empty() && i < type.part_count; ++i) {
    text = mismatch(*type.parts[i], seen);
  }
  return text;
}

}  // namespace

std::string offset_mismatch(const type_node& type) {
  std::set<const type_node*> seen;
  return mismatch(type, seen);
}

}  // namespace instar
