// The type table: what the runtime knows about a module's types, as constant data.
//
// A node describes one type: its kind, its parts, and functions to make, copy and
// destroy a value. Nodes lie in the module (`type_of.hpp` makes them), so they may
// be used only while the module is mapped: whatever keeps a node counts as a use of
// its module. The names are without the version's namespace, so that two versions
// of a type can be compared by name.
#pragma once

#include <cstddef>
#include <cstdint>

namespace instar {

// g++ 12 warns where a name of a scoped enumeration is one of the namespace, too.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
enum class type_kind : std::uint8_t {
  boolean,
  signed_integer,
  unsigned_integer,
  floating,
  string,       // std::string
  json,         // instar::value
  enumeration,  // enumerators; parts[0] is the underlying integer
  duration,     // parts[0] is the representation; period
  time_point,   // likewise; since the epoch of its clock
  unit,         // std::monostate
  structure,    // fields, at constant offsets
  tuple,        // std::pair and std::tuple: fields "0", "1" ...
  array,        // std::array: parts[0], count
  sequence,  // vector, deque, list and the sets: parts[0]; sequence_functions
  map,       // ordered and unordered: parts[0], parts[1]; map_functions
  optional,  // optional and unique_ptr: parts[0]; optional_functions
  variant,   // parts are the alternatives; variant_functions
};
#pragma GCC diagnostic pop

struct type_node;

/// A field that was called otherwise in older versions. In the struct:
/// `static constexpr instar::renamed renames[]{{"count", "total"}};`
struct renamed {
  const char* was;
  const char* now;
};

struct type_field {
  const char* name;
  std::uint32_t offset;
  const type_node* type;
  /// The field's address in an object; the loader compares it with `offset`.
  const void* (*at)(const void* object);
  /// What the field was called before it was renamed; null: always as now.
  const char* was;
};

struct type_enumerator {
  const char* name;
  std::int64_t number;
};

struct sequence_functions {
  std::size_t (*size)(const void*);
  void (*for_each)(const void*, void (*)(void* context, const void* element),
                   void* context);
  void (*clear)(void*);
  void (*append)(void* sequence, void* moved_element);
  /// Elements in an order of their own (a set), not in that of insertion.
  bool ordered_by_value;
};

struct map_functions {
  std::size_t (*size)(const void*);
  void (*for_each)(const void*,
                   void (*)(void* context, const void* key, const void* mapped),
                   void* context);
  void (*clear)(void*);
  void (*insert)(void* map, void* moved_key, void* moved_mapped);
};

struct optional_functions {
  const void* (*get)(const void*);  // null where empty
  void* (*emplace)(void*);          // default value inside
  void (*reset)(void*);
};

struct variant_functions {
  std::size_t (*index)(const void*);
  const void* (*get)(const void*);
  void* (*emplace)(void*, std::size_t index);
};

struct type_node {
  type_kind kind;
  std::uint32_t size;
  std::uint32_t align;
  /// Of a structure or an enumeration the declared name (`kv.get`), else the
  /// kind's own word (`vector`, `map`, `unordered_map`).
  const char* name;
  const type_field* fields;
  std::uint32_t field_count;
  const type_enumerator* enumerators;
  std::uint32_t enumerator_count;
  const type_node* const* parts;
  std::uint32_t part_count;
  /// std::array: number of elements.
  std::uint64_t count;
  /// duration and time_point: seconds per tick as a fraction.
  std::int64_t period_numerator;
  std::int64_t period_denominator;
  /// One of the function tables above, by kind; null for the others.
  const void* functions;
  void (*default_construct)(void*);            // null where there is none
  void (*copy_construct)(void*, const void*);  // null for move-only types
  void (*move_construct)(void*, void*);
  void (*destroy)(void*);
};

}  // namespace instar
