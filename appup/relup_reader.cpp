// relup.yaml and config.yaml.
#include "appup/form.hpp"
#include "appup/instruction_reader.hpp"
#include "appup/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace instar::appup {
namespace {

constexpr errc shape = errc::bad_relup_file;

void read_script(const node& from, script& into, collector& to) {
  if (!from.is_sequence()) {
    to.error(from, shape,
             fmt::format("script must be a list, not {}", from.described()));
    return;
  }
  for (const auto& item : from.children()) {
    auto written = read_instruction(item);
    if (auto* low = std::get_if<low_level>(&written.what)) {
      into.push_back(std::move(*low));
    } else if (auto* bad = std::get_if<malformed>(&written.what)) {
      to.add(std::move(bad->errors));
    } else {
      to.error(written.where, errc::bad_instruction,
               fmt::format("a relup has low-level instructions only, not {}",
                           keyword(std::get<high_level>(written.what))));
    }
  }
}

// The releases in between: at least one, none twice.
std::vector<std::string> read_via(const node& from, collector& to) {
  std::vector<std::string> via;
  if (!from.is_sequence() || from.children().empty()) {
    to.error(from, shape,
             fmt::format("via must be a list of at least one release, not {}{}",
                         from.described(), list_advice(from)));
    return via;
  }
  for (const auto& item : from.children()) {
    auto vsn = read_vsn(item, "a release of via", shape, to);
    if (!vsn)
      continue;
    if (std::find(via.begin(), via.end(), *vsn) != via.end()) {
      to.error(item, shape, fmt::format("via has release {} twice", *vsn));
    }
    via.push_back(std::move(*vsn));
  }
  return via;
}

// The way itself, of which there must be one.
void read_way(const node& item, key_list keys, const std::string& what,
              relup_entry& entry, collector& to) {
  const auto via = item.find("via");
  if (!via) {
    const auto instructions =
        require_key(item, "script", keys, what, item, shape, to);
    if (instructions)
      read_script(*instructions, entry.script, to);
    return;
  }
  entry.via = read_via(*via, to);
  if (item.find("script")) {
    to.error(*item.find_key("script"), shape,
             fmt::format("{} has a script or via, not both", what));
  }
}

void read_entries(const node& root, std::string_view list, std::string_view vsn,
                  std::vector<relup_entry>& into, collector& to) {
  const std::string_view keys[]{vsn, "description", "script", "via"};
  const auto what = fmt::format("an entry of {}", list);
  const auto entries = root.find(list);
  if (!entries || entries->is_null())
    return;
  if (!entries->is_sequence()) {
    to.error(
        *entries, shape,
        fmt::format("{} must be a list, not {}", list, entries->described()));
    return;
  }
  for (const auto& item : entries->children()) {
    if (!check_keys(item, keys, what, shape, to))
      continue;
    const auto which = require_key(item, vsn, keys, what, item, shape, to);
    relup_entry entry;
    if (which)
      entry.vsn = read_vsn(*which, vsn, shape, to).value_or("");
    if (const auto text = item.find("description"); text && text->is_string()) {
      entry.description = text->text();
    } else if (text) {
      to.error(*text, shape,
               fmt::format("the description must be a string, not {}",
                           text->described()));
    }
    read_way(item, keys, what, entry, to);
    into.push_back(std::move(entry));
  }
}

}  // namespace

result<relup_spec> read_relup(file_system& files, const path& file) {
  constexpr std::string_view keys[]{"format", "vsn", "up", "down"};
  auto [document, errors] = read_document(files, file, shape);
  if (!document)
    return to_failure(errors);
  const auto root = document->root();
  relup_spec spec;
  collector found;
  check_keys(root, keys, "a relup", shape, found);
  if (root.is_map()) {
    check_format(root, shape, found);
    if (const auto vsn =
            require_key(root, "vsn", keys, "a relup", root, shape, found)) {
      spec.vsn = read_vsn(*vsn, "vsn", shape, found).value_or("");
    }
    read_entries(root, "up", "from", spec.up, found);
    read_entries(root, "down", "to", spec.down, found);
  }
  if (!found.empty())
    return to_failure(found.take());
  return spec;
}

result<boost::json::object> read_config(file_system& files, const path& file) {
  auto [document, errors] = read_document(files, file, errc::bad_config);
  if (!document)
    return to_failure(errors);
  const auto root = document->root();
  collector found;
  boost::json::object config;
  if (!root.is_map() && !root.is_null()) {
    found.error(
        root, errc::bad_config,
        fmt::format("a configuration is {{APP: {{KEY: VALUE}}}}, not {}",
                    root.described()));
  }
  const auto members = root.is_map() ? root.children() : std::vector<node>{};
  for (std::size_t i = 0; i < members.size(); i += 2) {
    const auto& key = members[i];
    const auto& env = members[i + 1];
    if (key.text() == "format" && !env.is_map()) {
      check_format(root, errc::bad_config, found);
      continue;
    }
    read_name(key, "an application", errc::bad_config, found);
    if (env.is_map()) {
      config.insert_or_assign(key.text(), env.to_value());
    } else if (env.is_null()) {
      config.insert_or_assign(key.text(), boost::json::object());
    } else {
      found.error(env, errc::bad_config,
                  fmt::format("the environment of {} must be a map, not {}",
                              key.text(), env.described()));
    }
  }
  if (!found.empty())
    return to_failure(found.take());
  return config;
}

}  // namespace instar::appup
