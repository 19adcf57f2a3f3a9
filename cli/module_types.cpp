#include "cli/module_types.hpp"

#include "cli/table.hpp"
#include "cli/text.hpp"
#include "module/type_walk.hpp"
#include "module/type_words.hpp"

#include <fmt/format.h>

#include <set>
#include <vector>

namespace instar::cli {
namespace {

using boost::json::array;
using boost::json::object;

value word_of(const type_node* type) {
  return type == nullptr ? value() : value(detail::type_word(*type));
}

/// Every struct that a type reaches, itself first, each once.
class struct_list {
public:
  void add(const type_node* type) {
    if (type == nullptr || !seen_.insert(type).second)
      return;
    if (type->kind == type_kind::structure)
      rows_.push_back(describe(*type));
    for (std::uint32_t i = 0; i < type->field_count; ++i)
      add(type->fields[i].type);
    for (std::uint32_t i = 0; i < type->part_count; ++i)
      add(type->parts[i]);
  }
  array take() { return std::move(rows_); }

private:
  static object describe(const type_node& type) {
    array fields;
    for (std::uint32_t i = 0; i < type.field_count; ++i) {
      const auto& one = type.fields[i];
      object field{{"name", one.name},
                   {"type", detail::type_word(*one.type)},
                   {"offset", one.offset},
                   {"size", one.type->size}};
      if (one.was != nullptr)
        field["was"] = one.was;
      fields.push_back(std::move(field));
    }
    return {{"name", type.name},
            {"size", type.size},
            {"layout", layout_text(type)},
            {"fields", std::move(fields)}};
  }

  std::set<const type_node*> seen_;
  array rows_;
};

std::string titled(std::string_view title, const std::string& rows) {
  std::string made = fmt::format("\n{}\n", title);
  std::size_t start = 0;
  while (start < rows.size()) {
    const auto end = std::min(rows.find('\n', start), rows.size());
    made += "  " + rows.substr(start, end - start) + "\n";
    start = end + 1;
  }
  return made;
}

bool has_rows(const object& of, std::string_view key) {
  return !of.at(key).as_array().empty();
}

std::string show_types(const array& types) {
  std::string made;
  for (const auto& one : types) {
    const auto& type = one.as_object();
    made += titled(fmt::format("struct {} ({} bytes)", field(type, "name"),
                               field(type, "size")),
                   table({{"name", "field"},
                          {"type", "type"},
                          {"offset", "at"},
                          {"size", "bytes"},
                          {"was", "was called"}},
                         type, "fields"));
  }
  return made;
}

}  // namespace

object types_json(const module_file::module_description& module) {
  struct_list structs;
  structs.add(module.state);
  array conversions;
  for (const auto& one : module.conversions) {
    conversions.push_back(
        {{"direction", one.direction == direction::up ? "up" : "down"},
         {"from", word_of(one.from)},
         {"to", word_of(one.to)},
         {"from_layout", layout_text(*one.from)},
         {"to_layout", layout_text(*one.to)},
         {"adopts", one.adopts}});
  }
  array messages;
  for (const auto& one : module.messages) {
    messages.push_back({{"kind", module_file::to_string(one.kind)},
                        {"message", word_of(one.message)},
                        {"reply", word_of(one.reply)}});
    structs.add(one.message);
    structs.add(one.reply);
  }
  array functions;
  for (const auto& one : module.functions)
    functions.push_back({{"name", one.name}, {"signature", one.signature}});
  array imports;
  for (const auto& one : module.imports) {
    imports.push_back({{"module", one.module},
                       {"name", one.name},
                       {"signature", one.signature}});
  }
  return {{"behaviour", module_file::to_string(module.behaviour)},
          {"state", word_of(module.state)},
          {"conversions", std::move(conversions)},
          {"messages", std::move(messages)},
          {"functions", std::move(functions)},
          {"imports", std::move(imports)},
          {"types", structs.take()}};
}

std::string show(const object& description) {
  std::string made;
  if (has_rows(description, "messages")) {
    made += titled(
        "messages",
        table({{"kind", "as"}, {"message", "message"}, {"reply", "reply"}},
              description, "messages"));
  }
  if (has_rows(description, "conversions")) {
    made += titled("conversions",
                   table({{"direction", "way"}, {"from", "from"}, {"to", "to"}},
                         description, "conversions"));
  }
  if (has_rows(description, "functions")) {
    made += titled("exported functions",
                   table({{"name", "name"}, {"signature", "signature"}},
                         description, "functions"));
  }
  if (has_rows(description, "imports")) {
    made += titled("imports", table({{"module", "module"},
                                     {"name", "name"},
                                     {"signature", "signature"}},
                                    description, "imports"));
  }
  return made + show_types(description.at("types").as_array());
}

}  // namespace instar::cli
