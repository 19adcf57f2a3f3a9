// Carrying a value from one version of a type to another, by field name.
//
//   equal layout            copied, by the new module's copy
//   integers, floats        where every old value fits the new type
//   enumerations            by the enumerator's name; each old one must exist
//   structures              field by field, recursively, over declared renames; a
//                           field that only the new type has keeps its initialiser
//   anything else           only with equal layout: a container whose element
//                           changed needs a code_change
//
// Both types' modules must stay mapped meanwhile; nothing of them is kept.
#pragma once

#include "module/type_node.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace instar {

/// What happens to fields that only the old type has.
enum class dropped_fields { refused, allowed };

/// Empty where every value of `from` carries over to `to`; else why not, naming the
/// field.
std::string carry_problem(const type_node& to, const type_node& from,
                          dropped_fields dropped);

struct carry_fault {
  /// Naming the field: `field count would be dropped`.
  std::string text;
  /// What its author can write; may be empty.
  std::string advice;
};

/// More are not looked for.
inline constexpr std::size_t most_carry_faults = 100;

/// All that does not carry over, of which carry_problem() is the first.
std::vector<carry_fault> carry_faults(const type_node& to,
                                      const type_node& from,
                                      dropped_fields dropped);

/// Sets `made`, a default value of `to`, from `old`. Only where carry_problem() is
/// empty. May throw what a copy throws; `made` is valid then, and partly set.
void carry_over(const type_node& to, void* made, const type_node& from,
                const void* old);

}  // namespace instar
