#include "appup/form.hpp"

#include "appup/reader.hpp"
#include "base/names.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace instar::appup {
namespace {

bool is_in(std::string_view word, key_list words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// "a module" as "modules".
std::string plural(std::string_view what) {
  const auto article = what.find(' ');
  return std::string(
             what.substr(article == std::string_view::npos ? 0 : article + 1)) +
         "s";
}

// "a, b or c".
std::string choice(key_list words) {
  return fmt::format("{} or {}", fmt::join(words.first(words.size() - 1), ", "),
                     words.back());
}

// The first list or map that is too far in, and what is counted of all.
struct term_size {
  std::size_t bytes = 0;
  std::optional<node> too_deep;

  void add(const node& one, std::size_t depth) {
    constexpr std::size_t each_bytes = 8;
    bytes += one.text().size() + each_bytes;
    if (!one.is_sequence() && !one.is_map())
      return;
    if (depth == term_limit_depth) {
      if (!too_deep)
        too_deep = one;
      return;
    }
    for (const auto& child : one.children())
      add(child, depth + 1);
  }
};

}  // namespace

void collector::error(const node& at, errc tag, std::string message) {
  error(at.where(), tag, std::move(message));
}

void collector::error(const source_position& at, errc tag,
                      std::string message) {
  report(errors_, tag, at, std::move(message));
}

void collector::add(diagnostics more) {
  errors_.insert(errors_.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
}

bool check_keys(const node& map, key_list known, std::string_view what,
                errc shape, collector& to) {
  if (!map.is_map()) {
    to.error(map, shape,
             fmt::format("{} must be a map with the keys {}, not {}", what,
                         fmt::join(known, ", "), map.described()));
    return false;
  }
  const auto members = map.children();
  for (std::size_t i = 0; i < members.size(); i += 2) {
    const auto key = members[i].text();
    if (is_in(key, known))
      continue;
    to.error(members[i], errc::unknown_key,
             fmt::format("{} has no key \"{}\"{}", what, key,
                         did_you_mean(key, known)));
  }
  return true;
}

std::optional<node> require_key(const node& map, std::string_view key,
                                key_list known, std::string_view what,
                                const node& at, errc tag, collector& to,
                                std::string_view why) {
  auto found = map.find(key);
  if (found)
    return found;
  const auto members = map.is_map() ? map.children() : std::vector<node>{};
  for (std::size_t i = 0; i < members.size(); i += 2) {
    const auto other = members[i].text();
    if (!is_in(other, known) && nearest(other, known) == key)
      return std::nullopt;
  }
  to.error(at, tag, fmt::format("{} needs the key \"{}\"{}", what, key, why));
  return std::nullopt;
}

std::optional<std::size_t> read_word(const node& from, std::string_view what,
                                     key_list known, errc tag, collector& to) {
  const auto found = from.is_string()
                         ? std::find(known.begin(), known.end(), from.text())
                         : known.end();
  if (found != known.end())
    return static_cast<std::size_t>(found - known.begin());
  to.error(from, tag,
           fmt::format("{} must be {}, not {}{}", what, choice(known),
                       from.described(), did_you_mean(from.text(), known)));
  return std::nullopt;
}

void check_format(const node& root, errc shape, collector& to) {
  const auto format = root.find("format");
  if (!format)
    return;
  if (format->kind() == node_kind::integer && format->integer() == 1)
    return;
  to.error(*format, shape,
           fmt::format("the format must be 1, not {}", format->described()));
}

std::optional<std::string> read_text(const node& from, std::string_view what,
                                     errc tag, collector& to) {
  if (from.is_string() && !from.text().empty()) {
    return std::string(from.text());
  }
  to.error(from, tag,
           fmt::format("{} must be a string, not {}", what, from.described()));
  return std::nullopt;
}

std::optional<std::string> read_name(const node& from, std::string_view what,
                                     errc tag, collector& to) {
  if (from.is_string() && is_valid_name(from.text())) {
    return std::string(from.text());
  }
  if (from.is_string()) {
    to.error(from, tag,
             fmt::format("{} is no name of {}: a small letter, then letters, "
                         "digits and _",
                         from.described(), what));
  } else {
    to.error(from, tag,
             fmt::format("{} must be a name, not {}", what, from.described()));
  }
  return std::nullopt;
}

void check_term(const node& from, collector& to) {
  term_size size;
  size.add(from, 0);
  if (size.too_deep) {
    to.error(*size.too_deep, errc::too_deep,
             fmt::format("nested deeper than {} levels: a callback is given no "
                         "more",
                         term_limit_depth));
  } else if (size.bytes > term_limit_bytes) {
    to.error(from, errc::too_large,
             fmt::format("larger than {} KiB: a callback is given no more",
                         term_limit_bytes >> 10U));
  }
}

std::string_view list_advice(const node& from) {
  return from.is_map() ? ": each item of a list begins with \"- \"" : "";
}

std::string quote_advice(const node& from) {
  if (!from.is_number())
    return {};
  return fmt::format("; a version is a string: write \"{}\", in quotes",
                     from.text());
}

std::optional<std::string> read_vsn(const node& from, std::string_view what,
                                    errc tag, collector& to) {
  if (from.is_string() && is_valid_vsn(from.text())) {
    return std::string(from.text());
  }
  if (from.is_string()) {
    to.error(from, tag,
             fmt::format("{} is no version: a letter or digit, then at most 63 "
                         "letters, digits and . _ + ~ -",
                         from.described()));
  } else {
    to.error(from, tag,
             fmt::format("{} must be a version, not {}{}", what,
                         from.described(), quote_advice(from)));
  }
  return std::nullopt;
}

std::vector<std::string> read_names(const node& from, std::string_view what,
                                    errc list_tag, errc tag, collector& to,
                                    std::vector<text_position>* at) {
  std::vector<std::string> names;
  if (!from.is_sequence()) {
    to.error(
        from, list_tag,
        fmt::format(
            "expected a list of {}, found {}{}", plural(what), from.described(),
            from.is_string() ? fmt::format(": write [{}]", from.text()) : ""));
    return names;
  }
  const auto items = from.children();
  names.reserve(items.size());
  for (const auto& item : items) {
    if (auto name = read_name(item, what, tag, to)) {
      names.push_back(std::move(*name));
      if (at != nullptr)
        at->push_back(item.at());
    }
  }
  return names;
}

}  // namespace instar::appup
