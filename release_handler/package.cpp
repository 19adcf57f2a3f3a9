#include "release_handler/package.hpp"

#include "appup/reader.hpp"
#include "base/names.hpp"
#include "release_handler/archive.hpp"
#include "release_handler/errors.hpp"
#include "release_handler/manifest.hpp"
#include "release_handler/package_signature.hpp"
#include "release_handler/package_space.hpp"
#include "release_handler/vsn_order.hpp"

#include <boost/filesystem/operations.hpp>
#include <boost/system/errc.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace instar::release_handler {
namespace {

constexpr std::string_view runtime_prefix = "runtime-";

result<> walk(file_system& files, const path& folder, const std::string& inside,
              const package_limits& limits, folder_contents& found) {
  INSTAR_TRY_ASSIGN(const auto names, files.list(folder / inside));
  for (const auto& name : names) {
    const auto here = inside.empty() ? name : inside + "/" + name;
    INSTAR_TRY(package_entry_path(here, limits));
    if (found.files.size() + found.folders.size() >= limits.entries) {
      return failure(errc::package_too_large,
                     folder.string() + ": more files than the limits allow");
    }
    switch (files.kind(folder / here)) {
      case file_kind::regular:
        found.files.push_back(here);
        break;
      case file_kind::folder:
        found.folders.push_back(here);
        INSTAR_TRY(walk(files, folder, here, limits, found));
        break;
      case file_kind::link:
        return failure(errc::package_link,
                       (folder / here).string() + " is a link");
      default:
        return failure(errc::package_device,
                       (folder / here).string() + " is no file and no folder");
    }
  }
  return {};
}

result<> copy_folder(file_system& files, const path& from, const path& into,
                     const package_limits& limits) {
  INSTAR_TRY_ASSIGN(const auto found, contents_of(files, from, limits));
  for (const auto& folder : found.folders) {
    INSTAR_TRY(files.make_folders(into / folder));
  }
  std::uint64_t left = limits.total_bytes;
  for (const auto& file : found.files) {
    const auto bytes =
        files.read(from / file, std::min(left, limits.file_bytes));
    if (!bytes && bytes.error().code == boost::system::errc::file_too_large) {
      return failure(errc::package_too_large,
                     from.string() + ": more bytes than the limits allow");
    }
    if (!bytes)
      return bytes.error();
    left -= bytes->size();
    INSTAR_TRY(files.copy_file(from / file, into / file));
  }
  return {};
}

result<> make_empty(file_system& files, const path& folder) {
  INSTAR_TRY(files.remove_all(folder));
  return files.make_folders(folder);
}

result<std::uint64_t> folder_bytes(file_system& files, const path& folder,
                                   const package_limits& limits) {
  INSTAR_TRY_ASSIGN(const auto found, contents_of(files, folder, limits));
  std::uint64_t total = found.folders.size() * bytes_on_disk(0);
  for (const auto& one : found.files) {
    boost::system::error_code unknown;
    const auto size = boost::filesystem::file_size(folder / one, unknown);
    total += bytes_on_disk(unknown ? 0 : size);
  }
  return total;
}

// Whether it was signed.
result<bool> fetch(file_system& files, const path& package, const path& staging,
                   const package_rules& rules) {
  const auto kind = files.kind(package);
  if (kind == file_kind::missing)
    return failure(errc::no_such_file, package.string() + " is not there");
  if (kind == file_kind::folder) {
    INSTAR_TRY(check_unsigned_folder(package, rules));
    INSTAR_TRY_ASSIGN(const auto needed,
                      folder_bytes(files, package, rules.limits));
    INSTAR_TRY(check_space(package, needed, staging.parent_path(), rules));
    INSTAR_TRY(make_empty(files, staging));
    INSTAR_TRY(copy_folder(files, package, staging, rules.limits));
    return false;
  }
  INSTAR_TRY_ASSIGN(auto file, package_file::open(package));
  INSTAR_TRY_ASSIGN(const auto good, check_signature(files, file, rules));
  INSTAR_TRY_ASSIGN(const auto needed, archive_bytes(file, rules.limits));
  INSTAR_TRY(check_space(package, needed, staging.parent_path(), rules));
  INSTAR_TRY(make_empty(files, staging));
  INSTAR_TRY(extract_archive(file, staging, rules.limits));
  if (!good)
    return false;
  // The signature was of what was read first.
  INSTAR_TRY_ASSIGN(const auto hash, file.finish());
  if (hash == good->hash)
    return true;
  return failure(errc::bad_signature,
                 package.string() + " was changed while it was being unpacked");
}

// The names of the folders directly in `folder`.
std::vector<std::string> folders_in(const folder_contents& found,
                                    std::string_view folder) {
  std::vector<std::string> names;
  for (const auto& one : found.folders) {
    if (!one.starts_with(folder))
      continue;
    auto name = one.substr(folder.size());
    if (name.find('/') == std::string::npos)
      names.push_back(std::move(name));
  }
  return names;
}

bool belongs(std::string_view entry, bool is_file) {
  if (is_file && entry == "MANIFEST")
    return true;
  const auto slash = entry.find('/');
  const auto top = entry.substr(0, slash);
  if (top == "lib" || top == "releases") {
    // Files belong to an application or to a release.
    return !is_file || (slash != std::string_view::npos &&
                        entry.find('/', slash + 1) != std::string_view::npos);
  }
  return top.starts_with(runtime_prefix) &&
         is_valid_vsn(top.substr(runtime_prefix.size())) &&
         (!is_file || slash != std::string_view::npos);
}

result<> check_layout(const folder_contents& found) {
  const auto stray = [](const std::string& entry) {
    return failure(errc::bad_package,
                   entry +
                       " does not belong in a package: it has lib/APP-VSN/, "
                       "releases/VSN/, runtime-VSN/ and MANIFEST");
  };
  for (const auto& one : found.files) {
    if (!belongs(one, true))
      return stray(one);
  }
  for (const auto& one : found.folders) {
    if (!belongs(one, false))
      return stray(one);
  }
  return {};
}

// release.yaml of the package's only release.
result<appup::release_spec> only_release(file_system& files,
                                         const path& staging,
                                         const folder_contents& found) {
  const auto names = folders_in(found, "releases/");
  if (names.size() != 1) {
    return failure(errc::bad_package,
                   fmt::format("a package has one release, this one has {}",
                               names.size()));
  }
  const auto inside = "releases/" + names.front() + "/release.yaml";
  if (!std::binary_search(found.files.begin(), found.files.end(), inside)) {
    return failure(errc::no_such_file, "the package has no " + inside);
  }
  INSTAR_TRY_ASSIGN(auto release, appup::read_release(files, staging / inside));
  if (release.vsn != names.front()) {
    return failure(errc::bad_release_file,
                   fmt::format("{} says version \"{}\"", inside, release.vsn));
  }
  return release;
}

result<> check_libs(file_system& files, const staged_package& package,
                    const path& node_lib) {
  const auto wanted = libs_of(package.release);
  for (const auto& lib : package.libs) {
    if (std::find(wanted.begin(), wanted.end(), lib) == wanted.end()) {
      return failure(errc::bad_package,
                     fmt::format("lib/{} is no application of release \"{}\"",
                                 lib.folder_name(), package.release.vsn));
    }
  }
  // What the package brings must be right even if the node keeps its own.
  const path brought[] = {package.staging / "lib"};
  for (const auto& lib : package.libs)
    INSTAR_TRY(find_lib(files, lib, brought));
  const path used[] = {node_lib, package.staging / "lib"};
  for (const auto& lib : wanted)
    INSTAR_TRY(find_lib(files, lib, used));
  return {};
}

result<> check_floor(const appup::release_spec& release,
                     const package_rules& rules) {
  if (!rules.floor || compare_vsn(release.vsn, *rules.floor) >= 0)
    return {};
  return failure(errc::below_floor,
                 fmt::format("release \"{}\" is below \"{}\", the floor that "
                             "the node's instar.yaml sets",
                             release.vsn, *rules.floor));
}

result<> check_runtime(const folder_contents& found, staged_package& package) {
  for (const auto& name : folders_in(found, "")) {
    if (!name.starts_with(runtime_prefix))
      continue;
    if (name.substr(runtime_prefix.size()) != package.release.runtime) {
      return failure(errc::bad_package,
                     fmt::format("{} is not the runtime of release \"{}\"",
                                 name, package.release.vsn));
    }
    package.has_runtime = true;
  }
  return {};
}

result<> sync_all(file_system& files, const path& folder,
                  const folder_contents& found) {
  for (const auto& one : found.files)
    INSTAR_TRY(files.sync(folder / one));
  for (const auto& one : found.folders)
    INSTAR_TRY(files.sync(folder / one));
  return files.sync(folder);
}

result<staged_package> stage(file_system& files, const path& package,
                             const path& staging, const path& node_lib,
                             const package_rules& rules) {
  INSTAR_TRY_ASSIGN(const bool is_signed,
                    fetch(files, package, staging, rules));
  INSTAR_TRY_ASSIGN(auto found, contents_of(files, staging, rules.limits));
  INSTAR_TRY(check_layout(found));
  if (std::binary_search(found.files.begin(), found.files.end(), "MANIFEST")) {
    INSTAR_TRY(check_manifest(files, staging, found.files, rules.limits));
  } else if (is_signed) {
    return failure(errc::package_hash,
                   "a signed package has a MANIFEST, this one has none: pack "
                   "it with `instar release pack`");
  }
  staged_package made;
  made.staging = staging;
  INSTAR_TRY_ASSIGN(made.release, only_release(files, staging, found));
  INSTAR_TRY(check_floor(made.release, rules));
  for (const auto& name : folders_in(found, "lib/")) {
    INSTAR_TRY_ASSIGN(auto lib, to_lib_id(name));
    made.libs.push_back(std::move(lib));
  }
  INSTAR_TRY(check_libs(files, made, node_lib));
  INSTAR_TRY(check_runtime(found, made));
  INSTAR_TRY(sync_all(files, staging, found));
  return made;
}

}  // namespace

result<staged_package> stage_package(file_system& files, const path& package,
                                     const path& staging, const path& node_lib,
                                     const package_rules& rules) {
  auto made = stage(files, package, staging, node_lib, rules);
  if (!made) {
    // The first reason is the one to tell; what stays is removed at the next
    // start.
    static_cast<void>(files.remove_all(staging));
  }
  return made;
}

std::vector<lib_id> libs_of(const appup::release_spec& release) {
  std::vector<lib_id> libs;
  for (const auto& app : release.applications) {
    libs.push_back({app.name, app.vsn});
  }
  return libs;
}

release_record record_of(const appup::release_spec& release) {
  return {release.release, release.vsn, release.runtime, libs_of(release),
          release_status::unpacked};
}

result<path> find_lib(file_system& files, const lib_id& lib,
                      std::span<const path> lib_folders) {
  std::string searched;
  for (const auto& folder : lib_folders) {
    const auto here = folder / lib.folder_name();
    if (files.kind(here) != file_kind::folder) {
      searched += (searched.empty() ? "" : ", ") + folder.string();
      continue;
    }
    INSTAR_TRY_ASSIGN(const auto app,
                      appup::read_app(files, here / "app.yaml"));
    if (app.application != lib.name || app.vsn != lib.vsn) {
      return failure(errc::bad_release_file,
                     fmt::format("{}/app.yaml says {} \"{}\"", here.string(),
                                 app.application, app.vsn));
    }
    return here;
  }
  return failure(errc::no_such_application,
                 fmt::format("the application {} is not in {}",
                             lib.folder_name(), searched));
}

result<folder_contents> contents_of(file_system& files, const path& folder,
                                    const package_limits& limits) {
  folder_contents found;
  INSTAR_TRY(walk(files, folder, "", limits, found));
  std::sort(found.files.begin(), found.files.end());
  std::sort(found.folders.begin(), found.folders.end());
  return found;
}

}  // namespace instar::release_handler
