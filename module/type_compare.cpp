#include "module/type_compare.hpp"

#include "module/type_walk.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <map>
#include <vector>

namespace instar {
namespace {

/// As deep as JSON of a value goes.
constexpr int depth_limit = 200;
constexpr std::size_t text_limit = 80;

std::string text_of(const type_node& type, const void* object) {
  auto text = boost::json::serialize(to_value(type, object));
  if (text.size() > text_limit)
    text = text.substr(0, text_limit - 3) + "...";
  return text;
}

std::string subject(const std::string& path) {
  return path.empty() ? std::string("the value") : "field " + path;
}

std::string joined(const std::string& path, const char* name) {
  return path.empty() ? std::string(name) : path + "." + name;
}

class comparison {
public:
  std::string difference(const type_node& type, const void* have,
                         const void* want, const std::string& path, int depth) {
    if (depth == depth_limit)
      return {};
    switch (type.kind) {
      case type_kind::structure:
      case type_kind::tuple:
        return of_fields(type, have, want, path, depth);
      case type_kind::array:
        return of_array(type, have, want, path, depth);
      case type_kind::sequence:
        return of_sequence(type, have, want, path, depth);
      case type_kind::map:
        return of_map(type, have, want, path, depth);
      case type_kind::optional:
        return of_optional(type, have, want, path, depth);
      case type_kind::variant:
        return of_variant(type, have, want, path, depth);
      default:
        return of_scalar(type, have, want, path);
    }
  }

private:
  static std::string is_not(const std::string& path, const std::string& have,
                            const std::string& want) {
    return fmt::format("{} is {}, not {}", subject(path), have, want);
  }

  static std::string of_scalar(const type_node& type, const void* have,
                               const void* want, const std::string& path) {
    if (to_value(type, have) == to_value(type, want))
      return {};
    return is_not(path, text_of(type, have), text_of(type, want));
  }

  std::string of_fields(const type_node& type, const void* have,
                        const void* want, const std::string& path, int depth) {
    for (std::uint32_t i = 0; i < type.field_count; ++i) {
      const auto& field = type.fields[i];
      auto found = difference(*field.type, field.at(have), field.at(want),
                              joined(path, field.name), depth + 1);
      if (!found.empty())
        return found;
    }
    return {};
  }

  std::string of_array(const type_node& type, const void* have,
                       const void* want, const std::string& path, int depth) {
    const auto& element = *type.parts[0];
    for (std::uint64_t i = 0; i < type.count; ++i) {
      auto found =
          difference(element, static_cast<const char*>(have) + i * element.size,
                     static_cast<const char*>(want) + i * element.size,
                     fmt::format("{}[{}]", path, i), depth + 1);
      if (!found.empty())
        return found;
    }
    return {};
  }

  static std::vector<const void*> elements_of(
      const sequence_functions& functions, const void* sequence) {
    std::vector<const void*> found;
    functions.for_each(
        sequence,
        [](void* context, const void* element) {
          static_cast<std::vector<const void*>*>(context)->push_back(element);
        },
        &found);
    return found;
  }

  std::string of_sequence(const type_node& type, const void* have,
                          const void* want, const std::string& path,
                          int depth) {
    const auto& functions =
        *static_cast<const sequence_functions*>(type.functions);
    const auto size = functions.size(have);
    if (size != functions.size(want)) {
      return fmt::format("{} has {} elements, not {}", subject(path), size,
                         functions.size(want));
    }
    const auto& element = *type.parts[0];
    // vector<bool> has no elements to point at.
    if (element.kind == type_kind::boolean)
      return of_scalar(type, have, want, path);
    const auto here = elements_of(functions, have);
    const auto there = elements_of(functions, want);
    if (functions.ordered_by_value)
      return of_set(element, here, there, path);
    for (std::size_t i = 0; i < size; ++i) {
      auto found = difference(element, here[i], there[i],
                              fmt::format("{}[{}]", path, i), depth + 1);
      if (!found.empty())
        return found;
    }
    return {};
  }

  static std::string of_set(const type_node& element,
                            const std::vector<const void*>& have,
                            const std::vector<const void*>& want,
                            const std::string& path) {
    std::map<std::string, std::ptrdiff_t> count;
    for (const auto* one : want)
      ++count[boost::json::serialize(to_value(element, one))];
    for (const auto* one : have)
      --count[boost::json::serialize(to_value(element, one))];
    for (const auto& [text, more] : count) {
      if (more > 0)
        return fmt::format("{} lacks {}", subject(path), text);
    }
    return {};
  }

  using entries =
      std::multimap<std::string, std::pair<const void*, const void*>>;

  static entries entries_of(const type_node& type, const void* map) {
    struct reader {
      const type_node& key;
      entries found;
    } by_key{*type.parts[0], {}};
    static_cast<const map_functions*>(type.functions)
        ->for_each(
            map,
            [](void* context, const void* key, const void* mapped) {
              auto& to = *static_cast<reader*>(context);
              to.found.emplace(boost::json::serialize(to_value(to.key, key)),
                               std::pair(key, mapped));
            },
            &by_key);
    return std::move(by_key.found);
  }

  std::string of_map(const type_node& type, const void* have, const void* want,
                     const std::string& path, int depth) {
    const auto here = entries_of(type, have);
    const auto there = entries_of(type, want);
    auto mine = here.begin();
    for (const auto& [key, entry] : there) {
      if (mine == here.end() || mine->first > key)
        return fmt::format("{} lacks {}", subject(path), key);
      if (mine->first < key)
        break;
      auto found = difference(*type.parts[1], mine->second.second, entry.second,
                              fmt::format("{}[{}]", path, key), depth + 1);
      if (!found.empty())
        return found;
      ++mine;
    }
    if (mine != here.end())
      return fmt::format("{} has {} too many", subject(path), mine->first);
    return {};
  }

  std::string of_optional(const type_node& type, const void* have,
                          const void* want, const std::string& path,
                          int depth) {
    const auto& functions =
        *static_cast<const optional_functions*>(type.functions);
    const void* here = functions.get(have);
    const void* there = functions.get(want);
    if (here != nullptr && there != nullptr)
      return difference(*type.parts[0], here, there, path, depth + 1);
    if (here == there)
      return {};
    return is_not(path, text_of(type, have), text_of(type, want));
  }

  std::string of_variant(const type_node& type, const void* have,
                         const void* want, const std::string& path, int depth) {
    const auto& functions =
        *static_cast<const variant_functions*>(type.functions);
    const auto index = functions.index(have);
    if (index != functions.index(want))
      return is_not(path, text_of(type, have), text_of(type, want));
    if (index >= type.part_count)
      return {};
    return difference(*type.parts[index], functions.get(have),
                      functions.get(want), path, depth + 1);
  }
};

}  // namespace

std::string value_difference(const type_node& type, const void* have,
                             const void* want) {
  return comparison().difference(type, have, want, {}, 0);
}

}  // namespace instar
