#include "module/type_changes.hpp"

#include "module/type_fields.hpp"
#include "module/type_walk.hpp"
#include "module/type_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <string_view>
#include <utility>

namespace instar {
namespace {

using detail::field_path;
using detail::type_word;

std::string subject(const std::string& path) {
  return path.empty() ? "it" : path;
}

class comparison {
public:
  comparison(const type_node& older, const type_node& newer)
      : older_(older), newer_(newer) {}

  std::vector<std::string> all() {
    compare(older_, newer_, {});
    if (texts_.size() > most_type_changes) {
      texts_.resize(most_type_changes);
      texts_.emplace_back("and more");
    } else if (texts_.empty()) {
      // Its fields stand in another order, or its enumerators have other
      // numbers.
      const auto difference = layout_difference(newer_, older_);
      if (!difference.empty())
        add("its layout differs: {}", difference);
    }
    return std::move(texts_);
  }

private:
  template <class... Parts>
  void add(fmt::format_string<Parts...> text, Parts&&... parts) {
    texts_.push_back(fmt::format(text, std::forward<Parts>(parts)...));
  }

  void compare(const type_node& older, const type_node& newer,
               const std::string& path) {
    if (&older == &newer || texts_.size() > most_type_changes)
      return;
    if (older.kind == newer.kind && older.kind == type_kind::structure) {
      compare_fields(older, newer, path);
    } else if (older.kind == newer.kind &&
               older.kind == type_kind::enumeration) {
      compare_enumerators(older, newer, path);
      compare(*older.parts[0], *newer.parts[0], path);
    } else if (is_one_container(older, newer) ||
               type_word(older) == type_word(newer)) {
      compare_parts(older, newer, path);
    } else {
      add("{} was {} and is {}", subject(path), type_word(older),
          type_word(newer));
    }
  }

  /// Of which only the elements may differ.
  static bool is_one_container(const type_node& older, const type_node& newer) {
    return older.kind == newer.kind &&
           (older.kind == type_kind::sequence || older.kind == type_kind::map ||
            older.kind == type_kind::optional) &&
           std::string_view(older.name) == newer.name;
  }

  void compare_parts(const type_node& older, const type_node& newer,
                     const std::string& path) {
    // A tuple's elements are fields.
    for (std::uint32_t i = 0; i < older.field_count && i < newer.field_count;
         ++i) {
      compare(*older.fields[i].type, *newer.fields[i].type,
              field_path(path, older.fields[i].name));
    }
    for (std::uint32_t i = 0; i < older.part_count && i < newer.part_count;
         ++i) {
      compare(*older.parts[i], *newer.parts[i],
              detail::part_path(path, older, i));
    }
  }

  void compare_fields(const type_node& older, const type_node& newer,
                      const std::string& path) {
    // Told where it is met first; it may hold itself.
    if (!compared_.emplace(&older, &newer).second)
      return;
    std::set<const type_field*> taken;
    for (std::uint32_t i = 0; i < older.field_count; ++i) {
      const auto& old = older.fields[i];
      const auto at = field_path(path, old.name);
      const auto* now = detail::destination(newer, older, old);
      if (now == nullptr) {
        add("{} is gone", at);
        continue;
      }
      taken.insert(now);
      if (std::string_view(now->name) != old.name)
        add("{} is now {}", at, now->name);
      compare(*old.type, *now->type, field_path(path, now->name));
    }
    for (std::uint32_t i = 0; i < newer.field_count; ++i) {
      if (!taken.contains(&newer.fields[i]))
        add("{} is new", field_path(path, newer.fields[i].name));
    }
  }

  void compare_enumerators(const type_node& older, const type_node& newer,
                           const std::string& path) {
    const auto gone = missing(older, newer);
    if (!gone.empty()) {
      add("{} has no enumerator{} {} any more", subject(path),
          gone.size() == 1 ? "" : "s", fmt::join(gone, ", "));
    }
    const auto come = missing(newer, older);
    if (!come.empty()) {
      add("{} has the new enumerator{} {}", subject(path),
          come.size() == 1 ? "" : "s", fmt::join(come, ", "));
    }
  }

  static std::vector<std::string> missing(const type_node& of,
                                          const type_node& in) {
    std::vector<std::string> found;
    for (std::uint32_t i = 0; i < of.enumerator_count; ++i) {
      const auto* name = of.enumerators[i].name;
      if (detail::find_enumerator(in, name) == nullptr)
        found.emplace_back(name);
    }
    return found;
  }

  const type_node& older_;
  const type_node& newer_;
  std::vector<std::string> texts_;
  std::set<std::pair<const type_node*, const type_node*>> compared_;
};

}  // namespace

std::vector<std::string> type_changes(const type_node& older,
                                      const type_node& newer) {
  return comparison(older, newer).all();
}

}  // namespace instar
