#include "module/module_description.hpp"

#include "module/elf_image.hpp"
#include "module/errors.hpp"

#include <cstddef>
#include <cstdlib>
#include <deque>
#include <map>
#include <utility>

namespace instar::module_file {
namespace {

using detail::bad_bytes;
using detail::elf_image;

// A type that holds others so deep is no author's.
constexpr int most_depth = 200;

// Where the module has a function, the node has one, for those who ask whether
// there is one; nobody may call it.
void no_construct(void*) {
  std::abort();
}
void no_copy(void*, const void*) {
  std::abort();
}
void no_move(void*, void*) {
  std::abort();
}

struct type_store {
  std::deque<type_node> nodes;
  std::deque<std::string> names;
  std::deque<std::vector<type_field>> fields;
  std::deque<std::vector<type_enumerator>> enumerators;
  std::deque<std::vector<const type_node*>> parts;
};

class type_reader {
public:
  explicit type_reader(elf_image& image)
      : image_(image), store_(std::make_shared<type_store>()) {}

  /// The node that the pointer at `place` points to, or null.
  const type_node* node(std::uint64_t place, int depth = 0) {
    const auto at = image_.pointer(place, "type table");
    if (at == 0)
      return nullptr;
    if (const auto known = known_.find(at); known != known_.end()) {
      check_circle(known->second);
      return known->second;
    }
    if (known_.size() >= most_types || depth > most_depth)
      throw bad_bytes{"corrupt: its type table has no end"};
    auto& made = store_->nodes.emplace_back();
    known_.emplace(at, &made);
    under_way_.push_back(&made);
    read(made, at, depth + 1);
    under_way_.pop_back();
    return &made;
  }

  std::shared_ptr<const void> store() const { return store_; }

private:
  /// A type may hold itself inside a structure, which has a name, and nowhere
  /// else: the text of such a type would have no end.
  void check_circle(const type_node* found) const {
    for (auto at = under_way_.size(); at-- > 0;) {
      if (under_way_[at]->kind == type_kind::structure)
        return;
      if (under_way_[at] == found)
        throw bad_bytes{"corrupt: a type holds itself"};
    }
  }

  static std::uint32_t least_parts(type_kind kind) {
    switch (kind) {
      case type_kind::map:
        return 2;
      case type_kind::enumeration:
      case type_kind::duration:
      case type_kind::time_point:
      case type_kind::array:
      case type_kind::sequence:
      case type_kind::optional:
        return 1;
      default:
        return 0;
    }
  }

  template <class T>
  T value(std::uint64_t at, std::size_t member) const {
    return image_.at<T>(at + member, "type table");
  }
  bool is_set(std::uint64_t at, std::size_t member) const {
    return image_.pointer(at + member, "type table") != 0;
  }
  const char* name(std::uint64_t place) {
    return store_->names.emplace_back(image_.text(place, "type table")).c_str();
  }
  const type_node& part(std::uint64_t place, int depth) {
    const auto* found = node(place, depth);
    if (found == nullptr)
      throw bad_bytes{"corrupt: a type has a part without a type"};
    return *found;
  }
  std::uint32_t count(std::uint64_t at, std::size_t member) const {
    const auto rows = value<std::uint32_t>(at, member);
    if (rows > most_rows)
      throw bad_bytes{"corrupt: a type has too many parts"};
    return rows;
  }

  void read(type_node& made, std::uint64_t at, int depth) {
    made.kind = value<type_kind>(at, offsetof(type_node, kind));
    if (made.kind > type_kind::variant)
      throw bad_bytes{"corrupt: a type of an unknown kind"};
    made.size = value<std::uint32_t>(at, offsetof(type_node, size));
    made.align = value<std::uint32_t>(at, offsetof(type_node, align));
    made.name = name(at + offsetof(type_node, name));
    made.count = value<std::uint64_t>(at, offsetof(type_node, count));
    made.period_numerator =
        value<std::int64_t>(at, offsetof(type_node, period_numerator));
    made.period_denominator =
        value<std::int64_t>(at, offsetof(type_node, period_denominator));
    if (is_set(at, offsetof(type_node, default_construct)))
      made.default_construct = no_construct;
    if (is_set(at, offsetof(type_node, copy_construct)))
      made.copy_construct = no_copy;
    if (is_set(at, offsetof(type_node, move_construct)))
      made.move_construct = no_move;
    if (is_set(at, offsetof(type_node, destroy)))
      made.destroy = no_construct;
    read_fields(made, at, depth);
    read_enumerators(made, at);
    read_parts(made, at, depth);
  }

  void read_fields(type_node& made, std::uint64_t at, int depth) {
    const auto rows = count(at, offsetof(type_node, field_count));
    const auto table =
        image_.pointer(at + offsetof(type_node, fields), "type table");
    auto& fields = store_->fields.emplace_back();
    for (std::uint32_t i = 0; i < rows; ++i) {
      const auto row = table + i * sizeof(type_field);
      type_field field{};
      field.name = name(row + offsetof(type_field, name));
      field.offset = value<std::uint32_t>(row, offsetof(type_field, offset));
      field.type = &part(row + offsetof(type_field, type), depth);
      if (is_set(row, offsetof(type_field, was)))
        field.was = name(row + offsetof(type_field, was));
      fields.push_back(field);
    }
    made.fields = fields.data();
    made.field_count = rows;
  }

  void read_enumerators(type_node& made, std::uint64_t at) {
    const auto rows = count(at, offsetof(type_node, enumerator_count));
    const auto table =
        image_.pointer(at + offsetof(type_node, enumerators), "type table");
    auto& all = store_->enumerators.emplace_back();
    for (std::uint32_t i = 0; i < rows; ++i) {
      const auto row = table + i * sizeof(type_enumerator);
      all.push_back(
          {name(row + offsetof(type_enumerator, name)),
           value<std::int64_t>(row, offsetof(type_enumerator, number))});
    }
    made.enumerators = all.data();
    made.enumerator_count = rows;
  }

  void read_parts(type_node& made, std::uint64_t at, int depth) {
    const auto rows = count(at, offsetof(type_node, part_count));
    if (rows < least_parts(made.kind))
      throw bad_bytes{"corrupt: a type has too few parts"};
    const auto table =
        image_.pointer(at + offsetof(type_node, parts), "type table");
    auto& parts = store_->parts.emplace_back();
    for (std::uint32_t i = 0; i < rows; ++i)
      parts.push_back(&part(table + i * sizeof(void*), depth));
    made.parts = parts.data();
    made.part_count = rows;
  }

  elf_image& image_;
  std::shared_ptr<type_store> store_;
  std::map<std::uint64_t, const type_node*> known_;
  std::vector<const type_node*> under_way_;
};

class description_reader {
public:
  description_reader(std::string_view bytes, std::uint64_t descriptor)
      : image_(bytes), types_(image_), at_(descriptor) {}

  void read(module_description& into) {
    into.behaviour = image_.at<behaviour_kind>(
        place(offsetof(module_descriptor, kind)), what);
    if (into.behaviour > behaviour_kind::special_process)
      throw bad_bytes{"corrupt: a behaviour of an unknown kind"};
    into.state = types_.node(place(offsetof(module_descriptor, state)));
    if (has_state(into.behaviour) && into.state == nullptr) {
      throw bad_bytes{"corrupt: a " + std::string(to_string(into.behaviour)) +
                      " without a state"};
    }
    each<state_conversion>(offsetof(module_descriptor, conversions),
                           offsetof(module_descriptor, conversion_count),
                           [&](std::uint64_t row) {
                             into.conversions.push_back(read_conversion(row));
                           });
    each<message_row>(
        offsetof(module_descriptor, messages),
        offsetof(module_descriptor, message_count), [&](std::uint64_t row) {
          into.messages.push_back(
              {image_.at<handler_kind>(row + offsetof(message_row, kind), what),
               required(row + offsetof(message_row, message)),
               types_.node(row + offsetof(message_row, reply))});
        });
    each<exported_function>(
        offsetof(module_descriptor, functions),
        offsetof(module_descriptor, function_count), [&](std::uint64_t row) {
          into.functions.push_back(
              {text(row + offsetof(exported_function, name)),
               text(row + offsetof(exported_function, signature))});
        });
    each<imported_function>(
        offsetof(module_descriptor, imports),
        offsetof(module_descriptor, import_count), [&](std::uint64_t row) {
          into.imports.push_back(
              {text(row + offsetof(imported_function, module)),
               text(row + offsetof(imported_function, name)),
               text(row + offsetof(imported_function, signature))});
        });
    into.types = types_.store();
  }

private:
  static constexpr const char* what = "descriptor";

  std::uint64_t place(std::size_t member) const { return at_ + member; }
  std::string text(std::uint64_t place) { return image_.text(place, what); }

  const type_node* required(std::uint64_t place) {
    const auto* found = types_.node(place);
    if (found == nullptr)
      throw bad_bytes{"corrupt: a row without a type"};
    return found;
  }

  described_conversion read_conversion(std::uint64_t row) {
    return {
        required(row + offsetof(state_conversion, from)),
        required(row + offsetof(state_conversion, to)),
        image_.at<direction>(row + offsetof(state_conversion, direction), what),
        image_.pointer(row + offsetof(state_conversion, adopt), what) != 0};
  }

  template <class Row, class Read>
  void each(std::size_t table, std::size_t count, Read read_row) {
    const auto rows = image_.at<std::uint32_t>(place(count), what);
    if (rows > most_rows)
      throw bad_bytes{"corrupt: a table of the descriptor has no end"};
    const auto first = image_.pointer(place(table), what);
    for (std::uint32_t i = 0; i < rows; ++i)
      read_row(first + i * sizeof(Row));
  }

  elf_image image_;
  type_reader types_;
  std::uint64_t at_;
};

}  // namespace

std::string_view to_string(behaviour_kind kind) {
  switch (kind) {
    case behaviour_kind::gen_server:
      return "gen_server";
    case behaviour_kind::supervisor:
      return "supervisor";
    case behaviour_kind::application:
      return "application";
    case behaviour_kind::gen_event:
      return "gen_event";
    case behaviour_kind::gen_statem:
      return "gen_statem";
    case behaviour_kind::special_process:
      return "special_process";
    case behaviour_kind::library:
      break;
  }
  return "library";
}

std::string_view to_string(handler_kind kind) {
  switch (kind) {
    case handler_kind::cast:
      return "cast";
    case handler_kind::info:
      return "info";
    case handler_kind::continue_:
      return "continue";
    case handler_kind::call:
      break;
  }
  return "call";
}

result<module_description> describe_module(std::string_view bytes) {
  INSTAR_TRY_ASSIGN(const auto about, parse_elf(bytes));
  if (!about.note || !about.descriptor)
    return failure(errc::no_descriptor, "it has no module descriptor");
  if (about.descriptor->version != descriptor_version ||
      about.descriptor->size != sizeof(module_descriptor)) {
    return failure(errc::no_descriptor,
                   "its descriptor is of another version of instar");
  }
  module_description made;
  made.name = about.note->name;
  made.vsn = about.note->vsn;
  made.build_id = about.build_id;
  try {
    description_reader(bytes, about.descriptor->address).read(made);
  } catch (const bad_bytes& why) {
    return failure(errc::bad_elf, why.text);
  }
  return made;
}

result<module_description> describe_module(file_system& files,
                                           const path& file) {
  INSTAR_TRY_ASSIGN(const std::string bytes, files.read(file, most_file_bytes));
  auto made = describe_module(bytes);
  if (!made) {
    return failure(made.error().code,
                   file.string() + ": " + made.error().context);
  }
  return made;
}

}  // namespace instar::module_file
