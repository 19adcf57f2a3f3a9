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

#include <string>

namespace instar {

/// What happens to fields that only the old type has.
enum class dropped_fields { refused, allowed };

/// Empty where every value of `from` carries over to `to`; else why not, naming the
/// field.
std::string carry_problem(const type_node& to, const type_node& from,
                          dropped_fields dropped);

/// Sets `made`, a default value of `to`, from `old`. Only where carry_problem() is
/// empty. May throw what a copy throws; `made` is valid then, and partly set.
void carry_over(const type_node& to, void* made, const type_node& from,
                const void* old);

}  // namespace instar
