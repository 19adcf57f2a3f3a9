// appup.yaml.
#include "appup/form.hpp"
#include "appup/instruction_reader.hpp"
#include "appup/manifest.hpp"
#include "appup/reader.hpp"

#include <boost/regex.hpp>

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace instar::appup {
namespace {

constexpr errc shape = errc::file_problem;

struct side {
  direction way;
  std::string_view list;
  std::string_view vsn;
};
constexpr side up_side{direction::up, "up", "from"};
constexpr side down_side{direction::down, "down", "to"};

void skip(const node& at, std::string message, appup_spec& into) {
  warn(into.warnings, errc::bad_entry, at.where(), std::move(message));
}

// `"1.0"` or `{regex: "1\\..*"}`. Nothing, without an error, for another shape.
std::optional<std::variant<exact_vsn, regex_vsn>> read_from(const node& from,
                                                            const side& one,
                                                            collector& to) {
  if (from.is_string())
    return exact_vsn{std::string(from.text())};
  if (from.is_number()) {
    to.error(from, shape,
             fmt::format("{} must be a version, not {}{}", one.vsn,
                         from.described(), quote_advice(from)));
    return std::nullopt;
  }
  const auto regex = from.find("regex");
  if (!regex)
    return std::nullopt;
  constexpr std::string_view keys[]{"regex"};
  check_keys(from, keys, one.vsn, shape, to);
  if (!regex->is_string()) {
    to.error(*regex, errc::bad_regex,
             fmt::format("a regular expression must be a string, not {}",
                         regex->described()));
    return std::nullopt;
  }
  return regex_vsn{std::string(regex->text())};
}

// Of an entry that cannot be used.
void check_instructions(const node& list, collector& to) {
  if (!list.is_sequence())
    return;
  for (auto& one : read_instructions(list)) {
    if (auto* const bad = std::get_if<malformed>(&one.what))
      to.add(std::move(bad->errors));
  }
}

void read_entry(const node& from, const side& one,
                std::vector<appup_entry>& entries, appup_spec& into,
                collector& to) {
  const std::string_view keys[]{one.vsn, "instructions"};
  if (!from.is_map()) {
    skip(from,
         fmt::format("skipped: an entry is {{{}: VSN, instructions: [...]}}, "
                     "not {}",
                     one.vsn, from.described()),
         into);
    return;
  }
  const auto before = to.size();
  check_keys(from, keys, fmt::format("an entry of {}", one.list), shape, to);
  const auto vsn = from.find(one.vsn);
  const auto instructions = from.find("instructions");
  auto which = vsn ? read_from(*vsn, one, to)
                   : std::optional<std::variant<exact_vsn, regex_vsn>>();
  if (to.size() != before) {
    if (instructions)
      check_instructions(*instructions, to);
    return;
  }
  if (!vsn || !instructions) {
    skip(from,
         fmt::format("skipped: the entry has no key \"{}\"",
                     vsn ? "instructions" : one.vsn),
         into);
    return;
  }
  if (!which) {
    skip(*vsn,
         fmt::format("skipped: {} is a version or {{regex: PATTERN}}, not {}",
                     one.vsn, vsn->described()),
         into);
    return;
  }
  appup_entry entry{std::move(*which), vsn->where(), {}};
  if (instructions->is_sequence()) {
    entry.instructions = read_instructions(*instructions);
  } else if (!instructions->is_null()) {
    to.error(
        *instructions, errc::bad_list,
        fmt::format("instructions must be a list, not {}{}",
                    instructions->described(), list_advice(*instructions)));
  }
  entries.push_back(std::move(entry));
}

void read_side(const node& root, const side& one,
               std::vector<appup_entry>& entries, source_position& at,
               appup_spec& into, collector& to) {
  at = root.where();
  const auto list = root.find(one.list);
  if (!list)
    return;
  at = root.find_key(one.list)->where();
  if (list->is_null())
    return;
  if (!list->is_sequence()) {
    to.error(
        *list, shape,
        fmt::format("{} must be a list of {{{}: VSN, instructions: "
                    "[...]}}, not {}{}",
                    one.list, one.vsn, list->described(), list_advice(*list)));
    return;
  }
  for (const auto& item : list->children()) {
    read_entry(item, one, entries, into, to);
  }
}

diagnostic bad_regex(const appup_entry& entry, std::string message) {
  return {errc::bad_regex, entry.where, std::move(message)};
}

// Compiled and, if `vsn` is given, matched.
match_answer match_regex(const appup_entry& entry, const std::string& pattern,
                         const std::string* vsn) {
  if (pattern.size() > regex_limit_bytes) {
    return {false,
            bad_regex(entry, fmt::format("the regular expression is "
                                         "longer than {} characters: write "
                                         "several entries",
                                         regex_limit_bytes))};
  }
  boost::regex compiled;
  try {
    compiled.assign(pattern, boost::regex::perl);
  } catch (const boost::regex_error& why) {
    return {false, bad_regex(entry, fmt::format("\"{}\" is no regular "
                                                "expression: {}",
                                                pattern, why.what()))};
  }
  if (vsn == nullptr)
    return {};
  try {
    return {boost::regex_match(*vsn, compiled), {}};
  } catch (const std::runtime_error&) {
    // Boost gives up when the number of its steps explodes.
    return {false,
            bad_regex(entry, fmt::format("\"{}\" takes too many steps "
                                         "to match \"{}\": repeat nothing that "
                                         "repeats itself",
                                         pattern, *vsn))};
  }
}

void check_entries(const std::vector<appup_entry>& entries,
                   diagnostics& errors) {
  for (const auto& entry : entries) {
    if (const auto* regex = std::get_if<regex_vsn>(&entry.from)) {
      auto [matched, error] = match_regex(entry, regex->pattern, nullptr);
      if (error)
        errors.push_back(std::move(*error));
    }
    for (const auto& one : entry.instructions) {
      if (const auto* bad = std::get_if<malformed>(&one.what)) {
        errors.insert(errors.end(), bad->errors.begin(), bad->errors.end());
      }
    }
  }
}

// The errors of the file's shape; what could be read is in `spec` all the same.
diagnostics parse(file_system& files, const path& file, appup_spec& spec) {
  constexpr std::string_view keys[]{"format", "vsn", "up", "down"};
  auto [document, errors] = read_document(files, file, shape);
  if (!document)
    return std::move(errors);
  const auto root = document->root();
  collector found;
  check_keys(root, keys, "an appup", shape, found);
  if (root.is_map()) {
    check_format(root, shape, found);
    if (const auto vsn =
            require_key(root, "vsn", keys, "an appup", root, shape, found)) {
      spec.vsn_at = vsn->where();
      spec.vsn = read_vsn(*vsn, "vsn", shape, found).value_or("");
    }
    read_side(root, up_side, spec.up, spec.up_at, spec, found);
    read_side(root, down_side, spec.down, spec.down_at, spec, found);
  }
  return found.take();
}

}  // namespace

match_answer matches(const appup_entry& entry, const std::string& vsn) {
  if (const auto* exact = std::get_if<exact_vsn>(&entry.from)) {
    return {exact->vsn == vsn, {}};
  }
  return match_regex(entry, std::get<regex_vsn>(entry.from).pattern, &vsn);
}

manifest_answer<appup_spec> read_appup_manifest(file_system& files,
                                                const path& file) {
  appup_spec spec;
  auto errors = parse(files, file, spec);
  return {std::move(spec), std::move(errors)};
}

result<appup_spec> read_appup(file_system& files, const path& file) {
  appup_spec spec;
  auto errors = parse(files, file, spec);
  check_entries(spec.up, errors);
  check_entries(spec.down, errors);
  if (!errors.empty())
    return to_failure(errors);
  return spec;
}

}  // namespace instar::appup
