#include "release_handler/node_config.hpp"

#include "appup/diagnostic.hpp"
#include "appup/document.hpp"
#include "appup/form.hpp"
#include "appup/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

namespace instar::release_handler {
namespace {

using appup::collector;
using appup::node;
constexpr auto shape = appup::errc::bad_config;

constexpr std::uint32_t most_kept = 10'000;
constexpr std::uint32_t most_workers = 1024;
constexpr std::uint32_t most_hold_ms = 60'000;
constexpr std::uint32_t most_boot_seconds = 86'400;

constexpr std::array<std::string_view, 12> keys = {
    "format",  "trusted_keys", "allow_unsigned", "floor",
    "keep",    "roles",        "listen",         "code_mode",
    "workers", "memory_limit", "hold_ms",        "boot_timeout"};
constexpr std::array<std::string_view, 3> role_keys = {"group", "read",
                                                       "operate"};
constexpr std::array<std::string_view, 4> listen_keys = {
    "address", "token_file", "certificate", "key"};
constexpr std::array<std::string_view, 2> token_keys = {"operate", "read"};

std::uint32_t read_number(const node& from, std::uint32_t least,
                          std::uint32_t most, collector& to) {
  if (from.kind() == appup::node_kind::integer && from.integer() >= least &&
      from.integer() <= most) {
    return static_cast<std::uint32_t>(from.integer());
  }
  to.error(from, shape,
           fmt::format("expected a whole number from {} to {}, "
                       "not {}",
                       least, most, from.described()));
  return least;
}

bool read_boolean(const node& from, collector& to) {
  if (from.kind() == appup::node_kind::boolean)
    return from.integer() != 0;
  to.error(from, shape,
           fmt::format("expected true or false, not {}", from.described()));
  return false;
}

std::vector<std::string> read_strings(const node& from, std::string_view what,
                                      collector& to) {
  std::vector<std::string> made;
  if (!from.is_sequence()) {
    to.error(from, shape,
             fmt::format("expected a list, not {}", from.described()));
    return made;
  }
  for (const auto& item : from.children()) {
    made.push_back(appup::read_text(item, what, shape, to).value_or(""));
  }
  return made;
}

std::vector<minisign::public_key> read_keys(const node& from, collector& to) {
  std::vector<minisign::public_key> made;
  if (!from.is_sequence()) {
    to.error(from, shape,
             fmt::format("expected a list, not {}", from.described()));
    return made;
  }
  for (const auto& item : from.children()) {
    const auto text = appup::read_text(item, "a key", shape, to);
    if (!text)
      continue;
    if (auto key = minisign::read_public_key(*text)) {
      made.push_back(*key);
    } else {
      to.error(item, shape, key.error().message());
    }
  }
  return made;
}

// The text of a key that must be there.
std::string required_text(const node& map, std::string_view key,
                          collector& to) {
  const auto found = map.find(key);
  if (found)
    return appup::read_text(*found, key, shape, to).value_or("");
  to.error(map, shape, fmt::format("the key {} is missing", key));
  return {};
}

node_roles read_roles(const node& from, collector& to) {
  node_roles made;
  if (!appup::check_keys(from, role_keys, "roles", shape, to))
    return made;
  made.group = required_text(from, "group", to);
  if (const auto users = from.find("read")) {
    made.read = read_strings(*users, "a user", to);
  }
  if (const auto users = from.find("operate")) {
    made.operate = read_strings(*users, "a user", to);
  }
  return made;
}

// A file whose tokens operate, or one for each role.
token_files read_token_files(const node& from, collector& to) {
  token_files made;
  if (!from.is_map()) {
    made.operate =
        appup::read_text(from, "a file, or {operate, read}", shape, to)
            .value_or("");
    return made;
  }
  if (!appup::check_keys(from, token_keys, "token_file", shape, to))
    return made;
  const auto operate = from.find("operate");
  const auto read = from.find("read");
  if (operate)
    made.operate = appup::read_text(*operate, "a file", shape, to).value_or("");
  if (read)
    made.read = appup::read_text(*read, "a file", shape, to).value_or("");
  if (!operate && !read)
    to.error(from, shape, "one of the keys operate and read is needed");
  return made;
}

listen_spec read_listen(const node& from, collector& to) {
  listen_spec made;
  if (!appup::check_keys(from, listen_keys, "listen", shape, to))
    return made;
  made.address = required_text(from, "address", to);
  if (const auto tokens = from.find("token_file")) {
    made.tokens = read_token_files(*tokens, to);
  } else {
    to.error(from, shape, "the key token_file is missing");
  }
  made.certificate = required_text(from, "certificate", to);
  made.key = required_text(from, "key", to);
  return made;
}

code_mode read_code_mode(const node& from, collector& to) {
  if (from.text() == "embedded")
    return code_mode::embedded;
  if (from.text() == "interactive")
    return code_mode::interactive;
  to.error(from, shape,
           fmt::format("expected embedded or interactive, not {}",
                       from.described()));
  return code_mode::embedded;
}

// A number of bytes, or `512MiB`.
std::optional<std::uint64_t> read_bytes(const node& from, collector& to) {
  constexpr std::array<std::pair<std::string_view, unsigned>, 4> units = {
      {{"", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}}};
  if (from.kind() == appup::node_kind::integer && from.integer() > 0)
    return static_cast<std::uint64_t>(from.integer());
  const auto text = from.text();
  std::uint64_t count = 0;
  const auto parsed =
      std::from_chars(text.data(), text.data() + text.size(), count);
  const auto unit =
      text.substr(static_cast<std::size_t>(parsed.ptr - text.data()));
  for (const auto& [name, shift] : units) {
    if (parsed.ec != std::errc() || unit != name || count == 0)
      continue;
    if ((count << shift) >> shift != count)
      continue;
    return count << shift;
  }
  to.error(from, shape,
           fmt::format("expected a number of bytes, as 536870912 or 512MiB, "
                       "not {}",
                       from.described()));
  return std::nullopt;
}

void read_packages(const node& root, node_config& made, collector& to) {
  if (const auto found = root.find("trusted_keys")) {
    made.trusted_keys = read_keys(*found, to);
  }
  if (const auto found = root.find("allow_unsigned")) {
    made.allow_unsigned = read_boolean(*found, to);
  }
  if (const auto found = root.find("floor")) {
    made.floor = appup::read_vsn(*found, "floor", shape, to);
  }
  if (const auto found = root.find("keep")) {
    made.keep = read_number(*found, 1, most_kept, to);
  }
}

void read_control(const node& root, node_config& made, collector& to) {
  if (const auto found = root.find("roles"))
    made.roles = read_roles(*found, to);
  if (const auto found = root.find("listen")) {
    made.listen = read_listen(*found, to);
  }
}

void read_runtime(const node& root, node_config& made, collector& to) {
  if (const auto found = root.find("code_mode")) {
    made.code_mode = read_code_mode(*found, to);
  }
  if (const auto found = root.find("workers")) {
    made.workers = read_number(*found, 0, most_workers, to);
  }
  if (const auto found = root.find("memory_limit")) {
    made.memory_limit_bytes = read_bytes(*found, to);
  }
  if (const auto found = root.find("hold_ms")) {
    made.hold =
        std::chrono::milliseconds(read_number(*found, 1, most_hold_ms, to));
  }
  if (const auto found = root.find("boot_timeout")) {
    made.boot_timeout =
        std::chrono::seconds(read_number(*found, 1, most_boot_seconds, to));
  }
}

// Nothing but comments, as in a file that waits for its first setting: to the
// reader of manifests that is an error.
bool says_nothing(std::string_view text) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    const auto start = line.find_first_not_of(" \t\r");
    if (start != std::string_view::npos && line[start] != '#')
      return false;
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return true;
}

}  // namespace

package_rules package_rules_of(const node_config& config) {
  package_rules rules;
  rules.trusted_keys = config.trusted_keys;
  rules.allow_unsigned = config.allow_unsigned;
  rules.floor = config.floor;
  return rules;
}

result<node_config> read_node_config(file_system& files, const path& file) {
  node_config made;
  if (files.kind(file) == file_kind::missing)
    return made;
  INSTAR_TRY_ASSIGN(const auto text,
                    files.read(file, appup::manifest_limit_bytes));
  if (says_nothing(text))
    return made;
  const auto found = appup::read_document(files, file, shape);
  if (!found.read)
    return appup::to_failure(found.errors);
  const auto root = found.read->root();
  collector wrong;
  if (appup::check_keys(root, keys, "instar.yaml", shape, wrong)) {
    appup::check_format(root, shape, wrong);
    read_packages(root, made, wrong);
    read_control(root, made, wrong);
    read_runtime(root, made, wrong);
  }
  if (wrong.empty())
    return made;
  return appup::to_failure(wrong.take());
}

}  // namespace instar::release_handler
