#include "module/type_carry.hpp"

#include "module/type_fields.hpp"
#include "module/type_walk.hpp"
#include "module/type_words.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <set>
#include <string_view>
#include <utility>

namespace instar {
namespace {

using detail::destination;
using detail::field_path;
using detail::find_enumerator;

bool is_integer(const type_node& type) {
  return type.kind == type_kind::signed_integer ||
         type.kind == type_kind::unsigned_integer;
}

/// Whether every value of one scalar type is a value of the other.
bool widens(const type_node& to, const type_node& from) {
  if (to.kind == type_kind::floating && from.kind == type_kind::floating) {
    return to.size >= from.size;
  }
  if (!is_integer(to) || !is_integer(from))
    return false;
  if (to.kind == from.kind)
    return to.size >= from.size;
  return to.kind == type_kind::signed_integer && to.size > from.size;
}

std::string subject(const std::string& path) {
  return path.empty() ? std::string("the value") : "field " + path;
}

/// Everything that does not carry over, or the first of it alone.
class carry_check {
public:
  carry_check(dropped_fields dropped, std::size_t most)
      : dropped_(dropped), most_(most) {}

  void check(const type_node& to, const type_node& from,
             const std::string& path) {
    if (layout_difference(from, to).empty()) {
      if (to.copy_construct == nullptr)
        add(subject(path) + " cannot be copied", "carry it with adopt()");
    } else if (widens(to, from)) {
      return;
    } else if (to.kind == type_kind::enumeration &&
               from.kind == type_kind::enumeration) {
      check_enumerators(to, from, path);
    } else if (to.kind == type_kind::structure &&
               from.kind == type_kind::structure) {
      check_fields(to, from, path);
    } else {
      add(difference(to, from, path), "write a code_change for it");
    }
  }

  std::vector<carry_fault> take() { return std::move(faults_); }

private:
  static std::string difference(const type_node& to, const type_node& from,
                                const std::string& path) {
    const auto was = detail::type_word(from);
    const auto is = detail::type_word(to);
    if (was == is)
      return fmt::format("{} is {}, whose contents differ", subject(path), is);
    return fmt::format("{} was {} and is {}", subject(path), was, is);
  }

  bool has_enough() const { return faults_.size() >= most_; }

  void add(std::string text, const char* advice) {
    if (!has_enough())
      faults_.push_back({std::move(text), advice});
  }

  void check_fields(const type_node& to, const type_node& from,
                    const std::string& path) {
    // A recursive type is decided where it is met first.
    if (!under_way_.insert({&to, &from}).second)
      return;
    for (std::uint32_t i = 0; i < from.field_count && !has_enough(); ++i) {
      const auto& old = from.fields[i];
      const auto at = field_path(path, old.name);
      const auto* field = destination(to, from, old);
      if (field != nullptr) {
        check(*field->type, *old.type, at);
      } else if (dropped_ == dropped_fields::refused) {
        add(fmt::format("field {} would be dropped", at),
            "write a code_change");
      }
    }
  }

  void check_enumerators(const type_node& to, const type_node& from,
                         const std::string& path) {
    for (std::uint32_t i = 0; i < from.enumerator_count && !has_enough(); ++i) {
      if (find_enumerator(to, from.enumerators[i].name) == nullptr) {
        add(fmt::format("{}: enumerator {} is gone", subject(path),
                        from.enumerators[i].name),
            "write a code_change");
      }
    }
  }

  const dropped_fields dropped_;
  const std::size_t most_;
  std::vector<carry_fault> faults_;
  std::set<std::pair<const type_node*, const type_node*>> under_way_;
};

std::vector<carry_fault> faults(const type_node& to, const type_node& from,
                                dropped_fields dropped, std::size_t most) {
  if (to.default_construct == nullptr) {
    return {
        {fmt::format("{} has no default value to carry fields into", to.name),
         {}}};
  }
  carry_check check(dropped, most);
  check.check(to, from, {});
  return check.take();
}

// ---- carrying ------------------------------------------------------------------

std::int64_t read_integer(const type_node& type, const void* at) {
  std::int64_t number = 0;
  if (type.kind == type_kind::signed_integer) {
    switch (type.size) {
      case 1: {
        std::int8_t n = 0;
        std::memcpy(&n, at, 1);
        return n;
      }
      case 2: {
        std::int16_t n = 0;
        std::memcpy(&n, at, 2);
        return n;
      }
      case 4: {
        std::int32_t n = 0;
        std::memcpy(&n, at, 4);
        return n;
      }
      default:
        std::memcpy(&number, at, 8);
        return number;
    }
  }
  // Little-endian, and the rest is zero.
  std::memcpy(&number, at, type.size);
  return number;
}

void write_integer(const type_node& type, void* at, std::int64_t number) {
  std::memcpy(at, &number, type.size);
}

void copy_into(const type_node& type, void* made, const void* old) {
  // First a copy, which may throw, then the exchange, which does not.
  struct memory {
    explicit memory(const type_node& of)
        : type(of), at(::operator new (of.size, std::align_val_t{of.align})) {}
    memory(const memory&) = delete;
    memory& operator=(const memory&) = delete;
    ~memory() { ::operator delete (at, std::align_val_t{type.align}); }
    const type_node& type;
    void* at;
  } copy(type);
  type.copy_construct(copy.at, old);
  type.destroy(made);
  type.move_construct(made, copy.at);
  type.destroy(copy.at);
}

void carry_scalar(const type_node& to, void* made, const type_node& from,
                  const void* old) {
  if (to.kind == type_kind::floating) {
    float number = 0;
    std::memcpy(&number, old, sizeof number);
    const double wider = number;
    std::memcpy(made, &wider, sizeof wider);
    return;
  }
  write_integer(to, made, read_integer(from, old));
}

void carry_enumerator(const type_node& to, void* made, const type_node& from,
                      const void* old) {
  const auto number = read_integer(*from.parts[0], old);
  for (std::uint32_t i = 0; i < from.enumerator_count; ++i) {
    if (from.enumerators[i].number != number)
      continue;
    write_integer(*to.parts[0], made,
                  find_enumerator(to, from.enumerators[i].name)->number);
    return;
  }
  // A value without a name keeps its number.
  write_integer(*to.parts[0], made, number);
}

}  // namespace

std::vector<carry_fault> carry_faults(const type_node& to,
                                      const type_node& from,
                                      dropped_fields dropped) {
  return faults(to, from, dropped, most_carry_faults);
}

std::string carry_problem(const type_node& to, const type_node& from,
                          dropped_fields dropped) {
  const auto found = faults(to, from, dropped, 1);
  if (found.empty())
    return {};
  const auto& [text, advice] = found.front();
  return advice.empty() ? text : text + ": " + advice;
}

void carry_over(const type_node& to, void* made, const type_node& from,
                const void* old) {
  if (layout_difference(from, to).empty()) {
    copy_into(to, made, old);
  } else if (to.kind == type_kind::enumeration) {
    carry_enumerator(to, made, from, old);
  } else if (to.kind == type_kind::structure) {
    for (std::uint32_t i = 0; i < from.field_count; ++i) {
      const auto& field = from.fields[i];
      const auto* into = destination(to, from, field);
      if (into == nullptr)
        continue;
      carry_over(*into->type, static_cast<std::byte*>(made) + into->offset,
                 *field.type,
                 static_cast<const std::byte*>(old) + field.offset);
    }
  } else {
    carry_scalar(to, made, from, old);
  }
}

}  // namespace instar
