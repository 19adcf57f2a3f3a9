// What the runtime does with the type table: compare layouts, read and write JSON.
//
// Every function here calls functions of the module that owns the node, so the
// module must stay mapped meanwhile. No function keeps anything of it.
#pragma once

#include "base/result.hpp"
#include "base/value.hpp"
#include "module/type_node.hpp"

#include <string>

namespace instar {

/// The layout as text: names, kinds, sizes and offsets of every field, e.g.
/// `counter.state{count:int8@0;name:string@8}#40/8`. Two types with one text have
/// one representation in memory. A structure or an enumeration that stood before, as
/// in a recursive type, is `^name`.
std::string layout_text(const type_node& type);

/// Where `have` first differs from `want` in layout, for people: "field count is
/// int4 at 0 but int8 at 0 is declared". Empty where the layouts are equal. The
/// names of the two types themselves are not compared.
std::string layout_difference(const type_node& have, const type_node& want);

/// JSON of a live object. Bytes that are no UTF-8 become {"$bytes": base64},
/// non-finite numbers {"$float": ...}, integers above 2^53 {"$int": "..."}. An
/// enumerator is its name; a duration its ticks; a time point its ticks since the
/// clock's epoch; an optional null or its content, in an array of one where that may
/// itself be null; a variant {"$variant": type or index, "value": ...}; a map with
/// keys of text an object, another an array of pairs. What lies deeper than 200
/// levels is {"$opaque": type}, which cannot be read back; Boost.JSON parses 32 levels
/// where it is not told otherwise.
value to_value(const type_node& type, const void* object);

/// Sets `object`, which is constructed, from JSON. Fields that are not given keep
/// their values; unknown ones are an error. On an error the object is valid, but
/// may be partly set: use a fresh one. Errors: bad_value with the path.
result<> from_value(const type_node& type, void* object, const value& from);

/// Whether `type` is described all the way down so that `at` and the constant
/// offsets agree; the text names the field where they do not. Runs the module's
/// code. Called once, when a module is loaded.
std::string offset_mismatch(const type_node& type);

}  // namespace instar
