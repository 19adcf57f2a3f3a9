#include "module/type_fields.hpp"
#include "module/type_walk.hpp"
#include "module/type_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace instar {
namespace {

using detail::field_path;
using detail::find_field;
using detail::part_path;
using detail::type_word;

// ---- layout_text
// -------------------------------------------------------------

class layout_writer {
public:
  std::string write(const type_node& type) {
    add(type);
    return std::move(text_);
  }

private:
  void add(const type_node& type) {
    switch (type.kind) {
      case type_kind::structure:
        if (refer(type))
          return;
        add_fields(type);
        return;
      case type_kind::enumeration:
        if (refer(type))
          return;
        add_enumerators(type);
        return;
      case type_kind::tuple:
        add_fields(type);
        return;
      case type_kind::array:
      case type_kind::sequence:
      case type_kind::map:
      case type_kind::optional:
      case type_kind::variant:
        text_ += type.name;
        text_ += '<';
        for (std::uint32_t i = 0; i < type.part_count; ++i) {
          if (i > 0)
            text_ += ',';
          add(*type.parts[i]);
        }
        if (type.kind == type_kind::array) {
          text_ += fmt::format(",{}", type.count);
        }
        text_ += '>';
        return;
      default:
        text_ += type_word(type);
    }
  }

  /// Writes `^name` for a type written before. Where two types of the text have
  /// one name, the second is `^name#2`.
  bool refer(const type_node& type) {
    std::size_t with_this_name = 1;
    for (const auto* other : written_) {
      if (other == &type) {
        text_ += '^';
        text_ += type.name;
        if (with_this_name > 1)
          text_ += fmt::format("#{}", with_this_name);
        return true;
      }
      if (std::string_view(other->name) == type.name)
        ++with_this_name;
    }
    written_.push_back(&type);
    return false;
  }

  void add_fields(const type_node& type) {
    text_ += type.name;
    text_ += '{';
    for (std::uint32_t i = 0; i < type.field_count; ++i) {
      const auto& field = type.fields[i];
      if (i > 0)
        text_ += ';';
      text_ += field.name;
      text_ += ':';
      add(*field.type);
      if (field.offset != UINT32_MAX)
        text_ += fmt::format("@{}", field.offset);
    }
    text_ += fmt::format("}}#{}/{}", type.size, type.align);
  }

  void add_enumerators(const type_node& type) {
    text_ += type.name;
    text_ += '{';
    for (std::uint32_t i = 0; i < type.enumerator_count; ++i) {
      const auto& enumerator = type.enumerators[i];
      text_ += fmt::format("{}{}={}", i > 0 ? ";" : "", enumerator.name,
                           enumerator.number);
    }
    text_ += "}:";
    add(*type.parts[0]);
  }

  std::string text_;
  std::vector<const type_node*> written_;
};

// ---- layout_difference
// -------------------------------------------------------

std::string subject(const std::string& path) {
  return path.empty() ? "it" : "field " + path;
}

class comparison {
public:
  comparison(const type_node& have, const type_node& want)
      : have_self_(is_named(have) ? &have : nullptr),
        want_self_(is_named(want) ? &want : nullptr) {}

  std::string compare(const type_node& have, const type_node& want,
                      const std::string& path) {
    if (&have == &want || !compared_.emplace(&have, &want).second)
      return {};
    // The two types themselves are "itself" wherever they stand.
    if (have.kind != want.kind ||
        type_word(have, have_self_) != type_word(want, want_self_)) {
      return fmt::format("{} is {} but {} is declared", subject(path),
                         type_word(have), type_word(want));
    }
    std::string text;
    if (have.kind == type_kind::enumeration) {
      text = compare_enumerators(have, want, path);
    } else {
      text = compare_fields(have, want, path);
    }
    for (std::uint32_t i = 0; text.empty() && i < have.part_count; ++i) {
      text = compare(*have.parts[i], *want.parts[i], part_path(path, have, i));
    }
    if (text.empty() && (have.size != want.size || have.align != want.align)) {
      text = fmt::format(
          "{} has {} bytes at alignment {} but {} at {} are declared",
          subject(path), have.size, have.align, want.size, want.align);
    }
    return text;
  }

private:
  static bool is_named(const type_node& type) {
    return type.kind == type_kind::structure ||
           type.kind == type_kind::enumeration;
  }

  static std::string placed(const type_field& field, const type_node* self) {
    auto word = type_word(*field.type, self);
    if (field.offset == UINT32_MAX)
      return word;
    return fmt::format("{} at {}", word, field.offset);
  }

  std::string compare_fields(const type_node& have, const type_node& want,
                             const std::string& path) {
    // What is there on one side only is the cause of all that has moved.
    for (std::uint32_t i = 0; i < want.field_count; ++i) {
      const auto& declared = want.fields[i];
      if (find_field(have, declared.name) == nullptr) {
        return fmt::format("field {} is missing but {} is declared",
                           field_path(path, declared.name),
                           placed(declared, want_self_));
      }
    }
    for (std::uint32_t i = 0; i < have.field_count; ++i) {
      const auto& field = have.fields[i];
      if (find_field(want, field.name) == nullptr) {
        return fmt::format("field {} is {} but is not declared",
                           field_path(path, field.name),
                           placed(field, have_self_));
      }
    }
    for (std::uint32_t i = 0; i < want.field_count; ++i) {
      const auto& declared = want.fields[i];
      const auto name = field_path(path, declared.name);
      const auto& found = *find_field(have, declared.name);
      if (placed(found, have_self_) != placed(declared, want_self_)) {
        return fmt::format("field {} is {} but {} is declared", name,
                           placed(found, have_self_),
                           placed(declared, want_self_));
      }
      auto text = compare(*found.type, *declared.type, name);
      if (!text.empty())
        return text;
    }
    return {};
  }

  static std::string compare_enumerators(const type_node& have,
                                         const type_node& want,
                                         const std::string& path) {
    const auto numbers = [](const type_node& type) {
      std::vector<std::pair<std::string, std::int64_t>> made;
      for (std::uint32_t i = 0; i < type.enumerator_count; ++i) {
        made.emplace_back(type.enumerators[i].name, type.enumerators[i].number);
      }
      return made;
    };
    const auto had = numbers(have);
    const auto wanted = numbers(want);
    const auto lacks = [](const auto& list, const auto& enumerator) {
      return std::find(list.begin(), list.end(), enumerator) == list.end();
    };
    for (const auto& enumerator : wanted) {
      if (lacks(had, enumerator)) {
        return fmt::format("{} has no enumerator {} = {}, which is declared",
                           subject(path), enumerator.first, enumerator.second);
      }
    }
    for (const auto& enumerator : had) {
      if (lacks(wanted, enumerator)) {
        return fmt::format(
            "{} has an enumerator {} = {}, which is not declared",
            subject(path), enumerator.first, enumerator.second);
      }
    }
    return {};
  }

  const type_node* have_self_;
  const type_node* want_self_;
  std::set<std::pair<const type_node*, const type_node*>> compared_;
};

}  // namespace

std::string layout_text(const type_node& type) {
  return layout_writer().write(type);
}

std::string layout_difference(const type_node& have, const type_node& want) {
  return comparison(have, want).compare(have, want, {});
}

}  // namespace instar
