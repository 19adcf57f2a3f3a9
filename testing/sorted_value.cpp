#include "testing/sorted_value.hpp"

#include "module/type_words.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace instar::testing {
namespace {

void sort(boost::json::array& elements) {
  std::vector<std::pair<std::string, value>> by_text;
  by_text.reserve(elements.size());
  for (auto& one : elements) {
    auto text = boost::json::serialize(one);
    by_text.emplace_back(std::move(text), std::move(one));
  }
  std::stable_sort(
      by_text.begin(), by_text.end(),
      [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < by_text.size(); ++i)
    elements[i] = std::move(by_text[i].second);
}

void visit(const type_node& type, value& of);

void visit_all(const type_node& element, value& of) {
  if (auto* elements = of.if_array()) {
    for (auto& one : *elements)
      visit(element, one);
  }
}

void visit_fields(const type_node& type, value& of) {
  for (std::uint32_t i = 0; i < type.field_count; ++i) {
    value* part = nullptr;
    if (auto* members = of.if_object()) {
      part = members->if_contains(type.fields[i].name);
    } else if (auto* elements = of.if_array()) {
      part = elements->if_contains(i);
    }
    if (part != nullptr)
      visit(*type.fields[i].type, *part);
  }
}

void visit_map(const type_node& type, value& of) {
  if (auto* members = of.if_object()) {
    for (auto& member : *members)
      visit(*type.parts[1], member.value());
    return;
  }
  auto* pairs = of.if_array();
  if (pairs == nullptr)
    return;
  for (auto& one : *pairs) {
    auto& pair = one.as_array();
    visit(*type.parts[0], pair[0]);
    visit(*type.parts[1], pair[1]);
  }
  if (std::string_view(type.name).starts_with("unordered"))
    sort(*pairs);
}

void visit_optional(const type_node& type, value& of) {
  if (of.is_null())
    return;
  if (detail::may_be_null(*type.parts[0])) {
    visit_all(*type.parts[0], of);
  } else {
    visit(*type.parts[0], of);
  }
}

void visit_variant(const type_node& type, value& of) {
  auto* members = of.if_object();
  const auto* which =
      members == nullptr ? nullptr : members->if_contains("$variant");
  auto* content = members == nullptr ? nullptr : members->if_contains("value");
  if (which == nullptr || content == nullptr)
    return;
  const auto index =
      which->is_string()
          ? detail::alternative_of(type, std::string_view(which->get_string()))
          : static_cast<std::uint32_t>(which->as_int64());
  if (index < type.part_count)
    visit(*type.parts[index], *content);
}

void visit(const type_node& type, value& of) {
  switch (type.kind) {
    case type_kind::structure:
    case type_kind::tuple:
      visit_fields(type, of);
      break;
    case type_kind::array:
      visit_all(*type.parts[0], of);
      break;
    case type_kind::sequence:
      visit_all(*type.parts[0], of);
      if (std::string_view(type.name).starts_with("unordered") &&
          of.is_array()) {
        sort(of.get_array());
      }
      break;
    case type_kind::map:
      visit_map(type, of);
      break;
    case type_kind::optional:
      visit_optional(type, of);
      break;
    case type_kind::variant:
      visit_variant(type, of);
      break;
    default:
      break;
  }
}

}  // namespace

value sorted_value(const type_node& type, value of) {
  visit(type, of);
  return of;
}

}  // namespace instar::testing
