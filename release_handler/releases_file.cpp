#include "release_handler/releases_file.hpp"

#include "appup/diagnostic.hpp"
#include "appup/document.hpp"
#include "appup/form.hpp"
#include "base/names.hpp"
#include "release_handler/errors.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <utility>

namespace instar::release_handler {
namespace {

// The tag shown in the text; the failure's own code is bad_releases_file.
constexpr auto shape = appup::errc::bad_config;

// The member `key` of `map`, which must be there.
std::optional<appup::node> member(const appup::node& map, std::string_view key,
                                  appup::collector& to) {
  if (!map.is_map()) {
    to.error(map, shape,
             fmt::format("expected a map, not {}", map.described()));
    return std::nullopt;
  }
  auto found = map.find(key);
  if (!found)
    to.error(map, shape, fmt::format("the key {} is missing", key));
  return found;
}

std::vector<appup::node> items_of(const appup::node& map, std::string_view key,
                                  appup::collector& to) {
  const auto list = member(map, key, to);
  if (!list)
    return {};
  if (list->is_sequence())
    return list->children();
  to.error(*list, shape,
           fmt::format("{} must be a list, not {}", key, list->described()));
  return {};
}

std::string name_in(const appup::node& map, std::string_view what,
                    appup::collector& to) {
  const auto found = member(map, "name", to);
  if (!found)
    return {};
  return appup::read_name(*found, what, shape, to).value_or("");
}

std::string vsn_in(const appup::node& map, std::string_view key,
                   appup::collector& to) {
  const auto found = member(map, key, to);
  if (!found)
    return {};
  return appup::read_vsn(*found, key, shape, to).value_or("");
}

release_status status_in(const appup::node& map, appup::collector& to) {
  const auto found = member(map, "status", to);
  if (!found)
    return release_status::unpacked;
  for (const auto status : {release_status::unpacked, release_status::permanent,
                            release_status::old}) {
    if (found->text() == to_string(status))
      return status;
  }
  to.error(*found, shape,
           fmt::format("a status is unpacked, permanent or old, not {}",
                       found->described()));
  return release_status::unpacked;
}

release_record read_record(const appup::node& map, appup::collector& to) {
  release_record made;
  made.name = name_in(map, "a release", to);
  // The rest of what is no map would only say the same.
  if (!map.is_map())
    return made;
  made.vsn = vsn_in(map, "vsn", to);
  if (map.find("runtime"))
    made.runtime = vsn_in(map, "runtime", to);
  made.status = status_in(map, to);
  for (const auto& item : items_of(map, "libs", to)) {
    lib_id lib;
    lib.name = name_in(item, "an application", to);
    if (item.is_map())
      lib.vsn = vsn_in(item, "vsn", to);
    made.libs.push_back(std::move(lib));
  }
  return made;
}

std::vector<release_record> read_root(const appup::node& root,
                                      appup::collector& to) {
  std::vector<release_record> releases;
  std::set<std::string> seen;
  std::size_t permanent = 0;
  if (root.is_map())
    appup::check_format(root, shape, to);
  for (const auto& item : items_of(root, "releases", to)) {
    auto one = read_record(item, to);
    if (one.status == release_status::permanent)
      ++permanent;
    if (!seen.insert(one.vsn).second) {
      to.error(item, shape,
               fmt::format("the release \"{}\" is listed twice", one.vsn));
    }
    releases.push_back(std::move(one));
  }
  if (to.empty() && permanent != 1) {
    to.error(root, shape,
             fmt::format("one release must be permanent, {} are", permanent));
  }
  return releases;
}

std::string to_text(std::span<const release_record> releases) {
  std::string text =
      "# Written by instar; `instar release` changes it.\n"
      "format: 1\n"
      "releases:\n";
  for (const auto& one : releases) {
    text +=
        fmt::format("  - name: \"{}\"\n    vsn: \"{}\"\n", one.name, one.vsn);
    if (!one.runtime.empty()) {
      text += fmt::format("    runtime: \"{}\"\n", one.runtime);
    }
    text += fmt::format("    status: {}\n    libs:{}\n", to_string(one.status),
                        one.libs.empty() ? " []" : "");
    for (const auto& lib : one.libs) {
      text += fmt::format("      - {{name: \"{}\", vsn: \"{}\"}}\n", lib.name,
                          lib.vsn);
    }
  }
  return text;
}

}  // namespace

const char* to_string(release_status status) {
  switch (status) {
    case release_status::unpacked:
      return "unpacked";
    case release_status::current:
      return "current";
    case release_status::permanent:
      return "permanent";
    case release_status::old:
      return "old";
  }
  return "unknown";
}

result<lib_id> to_lib_id(std::string_view folder_name) {
  // No name has a hyphen, so the first one ends it.
  const auto hyphen = folder_name.find('-');
  if (hyphen != std::string_view::npos) {
    const auto name = folder_name.substr(0, hyphen);
    const auto vsn = folder_name.substr(hyphen + 1);
    if (is_valid_name(name) && is_valid_vsn(vsn)) {
      return lib_id{std::string(name), std::string(vsn)};
    }
  }
  return failure(
      errc::bad_package,
      fmt::format("lib/{} is not an application and a version, as in "
                  "lib/kv-1.0.0",
                  folder_name));
}

result<std::vector<release_record>> read_releases(file_system& files,
                                                  const path& file) {
  const auto found = appup::read_document(files, file, shape);
  if (!found.read) {
    return failure(errc::bad_releases_file, appup::to_text(found.errors));
  }
  appup::collector wrong;
  auto releases = read_root(found.read->root(), wrong);
  if (wrong.empty())
    return releases;
  return failure(errc::bad_releases_file, appup::to_text(wrong.take()));
}

std::vector<release_record> as_stored(std::vector<release_record> releases) {
  for (auto& one : releases) {
    if (one.status == release_status::current) {
      one.status = release_status::unpacked;
    }
  }
  return releases;
}

result<> write_releases(file_system& files, const path& file,
                        std::span<const release_record> releases) {
  return replace_file(files, file,
                      to_text(as_stored({releases.begin(), releases.end()})));
}

}  // namespace instar::release_handler
