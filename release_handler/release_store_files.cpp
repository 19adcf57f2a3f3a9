#include "appup/reader.hpp"
#include "base/names.hpp"
#include "release_handler/cleanup.hpp"
#include "release_handler/errors.hpp"
#include "release_handler/release_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace instar::release_handler {
namespace {

constexpr const char* staging_name = ".unpack-staging";
constexpr std::string_view staging_prefix = ".unpack-";

failure existing_release(std::string_view vsn) {
  return {errc::existing_release,
          fmt::format("release \"{}\" is on this node already", vsn)};
}

// A release whose files are in their places, as unpacked.
result<release_record> read_in_place(file_system& files, const path& root,
                                     std::string_view vsn) {
  if (!is_valid_vsn(vsn)) {
    return failure(errc::no_such_release,
                   fmt::format("\"{}\" is not a version", vsn));
  }
  const auto file = root / "releases" / std::string(vsn) / "release.yaml";
  if (files.kind(file) != file_kind::regular) {
    return failure(errc::no_such_file, file.string() + " is not there");
  }
  INSTAR_TRY_ASSIGN(const auto release, appup::read_release(files, file));
  if (release.vsn != vsn) {
    return failure(
        errc::bad_release_file,
        fmt::format("{} says version \"{}\"", file.string(), release.vsn));
  }
  const path folders[] = {root / "lib"};
  auto record = record_of(release);
  for (const auto& lib : record.libs) {
    INSTAR_TRY(find_lib(files, lib, folders));
  }
  return record;
}

// Where there is no RELEASES.yaml: the version of the only release.
result<std::string> only_release(file_system& files, const path& root) {
  const auto folder = root / "releases";
  INSTAR_TRY_ASSIGN(const auto names, files.list(folder));
  std::vector<std::string> found;
  for (const auto& name : names) {
    const auto file = folder / name / "release.yaml";
    if (files.kind(file) == file_kind::regular)
      found.push_back(name);
  }
  if (found.size() == 1)
    return found.front();
  return failure(
      errc::no_such_release,
      found.empty()
          ? fmt::format("{} has no release: make the node from a package",
                        folder.string())
          : fmt::format("{} has {} releases and no RELEASES.yaml: name the one "
                        "to start",
                        folder.string(), found.size()));
}

}  // namespace

result<release_store> release_store::open(file_system& files,
                                          const path& root) {
  release_store store(files, root);
  const auto list = list_file(root);
  if (files.kind(root / "releases") != file_kind::folder) {
    return failure(
        errc::no_such_release,
        fmt::format("{} is not a node's folder, it has no releases/: "
                    "make the node from a package",
                    root.string()));
  }
  if (files.kind(list) == file_kind::missing) {
    INSTAR_TRY(store.remove_stale());
    INSTAR_TRY_ASSIGN(const auto vsn, only_release(files, root));
    INSTAR_TRY(create_RELEASES(files, root, vsn));
  }
  auto releases = read_releases(files, list);
  if (!releases) {
    return failure(errc::bad_releases_file,
                   releases.error().context +
                       "\nMend it, or move it away and name the release to "
                       "start.");
  }
  store.releases_ = std::move(*releases);
  // A node must start even if a leftover cannot be deleted; the next operation
  // that would build on it fails.
  static_cast<void>(store.remove_stale());
  INSTAR_TRY(store.check_startable(store.permanent().vsn));
  return store;
}

result<release_store> release_store::create(file_system& files,
                                            const path& root,
                                            const path& package,
                                            const package_rules& rules) {
  if (files.kind(list_file(root)) != file_kind::missing) {
    return failure(errc::existing_release,
                   root.string() + " is a node's folder already");
  }
  release_store store(files, root);
  INSTAR_TRY(files.make_folders(root / "releases"));
  const auto above = root.parent_path();
  INSTAR_TRY(files.sync(above.empty() ? path(".") : above));
  INSTAR_TRY(store.remove_stale());
  INSTAR_TRY(store.unpack_as(package, release_status::permanent, rules));
  return store;
}

result<> release_store::create_RELEASES(file_system& files, const path& root,
                                        std::string_view vsn) {
  INSTAR_TRY_ASSIGN(auto record, read_in_place(files, root, vsn));
  record.status = release_status::permanent;
  return write_releases(files, list_file(root), {&record, 1});
}

result<std::string> release_store::unpack_release(const path& package,
                                                  const package_rules& rules) {
  return unpack_as(package, release_status::unpacked, rules);
}

result<std::string> release_store::set_unpacked(std::string_view vsn) {
  if (lookup(vsn) != nullptr)
    return existing_release(vsn);
  INSTAR_TRY(carry_out_cleanups(*files_, root_, releases_));
  INSTAR_TRY_ASSIGN(auto record, read_in_place(*files_, root_, vsn));
  auto next = releases_;
  next.push_back(std::move(record));
  INSTAR_TRY(commit(std::move(next)));
  return std::string(vsn);
}

result<> release_store::install_file(std::string_view vsn, const path& file) {
  INSTAR_TRY(find(vsn));
  const auto name = file.filename().string();
  if (files_->kind(file) != file_kind::regular || name.empty()) {
    return failure(errc::no_such_file,
                   file.string() + " is not there, or is no file");
  }
  if (name == "release.yaml") {
    return failure(errc::bad_release_file,
                   fmt::format("release.yaml says what release \"{}\" is: to "
                               "change it, pack a release of another version",
                               vsn));
  }
  // With a name that remove_stale() knows.
  const auto copied =
      root_ / "releases" / fmt::format(".file-{}-{}.new", vsn, name);
  const auto folder = release_folder(vsn);
  const auto placed = [&]() -> result<> {
    INSTAR_TRY(files_->copy_file(file, copied));
    INSTAR_TRY(files_->sync(copied));
    INSTAR_TRY(files_->rename(copied, folder / name));
    INSTAR_TRY(files_->sync(folder));
    return files_->sync(root_ / "releases");
  }();
  if (!placed)
    static_cast<void>(files_->remove_all(copied));
  return placed;
}

result<> release_store::remove_stale() {
  INSTAR_TRY(carry_out_cleanups(*files_, root_, releases_));
  const auto folder = root_ / "releases";
  INSTAR_TRY_ASSIGN(const auto names, files_->list(folder));
  for (const auto& name : names) {
    const std::string_view shown = name;
    // Of a replacement that never happened there may be the temporary file.
    const bool stale = shown.starts_with(staging_prefix) ||
                       (shown.starts_with('.') && shown.ends_with(".new")) ||
                       shown == "RELEASES.yaml.new";
    if (stale)
      INSTAR_TRY(files_->remove_all(folder / name));
  }
  return {};
}

result<std::string> release_store::unpack_as(const path& package,
                                             release_status status,
                                             const package_rules& rules) {
  // A new release must not keep a lib that is half deleted.
  INSTAR_TRY(carry_out_cleanups(*files_, root_, releases_));
  INSTAR_TRY(files_->make_folders(root_ / "lib"));
  INSTAR_TRY(files_->sync(root_));
  const auto staging = root_ / "releases" / staging_name;
  INSTAR_TRY_ASSIGN(const auto staged, stage_package(*files_, package, staging,
                                                     root_ / "lib", rules));
  auto record = record_of(staged.release);
  record.status = status;
  const auto placed = put_in_place(staged, std::move(record));
  // A staging folder that cannot be removed now is removed by the next start.
  static_cast<void>(files_->remove_all(staging));
  if (!placed)
    return placed.error();
  return staged.release.vsn;
}

result<> release_store::put_in_place(const staged_package& package,
                                     release_record record) {
  const auto vsn = record.vsn;
  if (lookup(vsn) != nullptr ||
      files_->kind(release_folder(vsn)) != file_kind::missing) {
    return existing_release(vsn);
  }
  const auto moves = moves_of(package);
  INSTAR_TRY(note_cleanup(*files_, root_, {vsn, moves}));
  const auto placed = [&]() -> result<> {
    for (const auto& one : moves) {
      INSTAR_TRY(files_->rename(package.staging / one, root_ / one));
    }
    for (const auto& folder : {root_ / "lib", root_ / "releases", root_}) {
      INSTAR_TRY(files_->sync(folder));
    }
    auto next = releases_;
    next.push_back(std::move(record));
    return commit(std::move(next));
  }();
  // Placed: only the note goes. Not placed: what was moved goes with it. What
  // cannot be deleted now is still noted.
  static_cast<void>(carry_out_cleanups(*files_, root_, releases_));
  return placed;
}

std::vector<std::string> release_store::moves_of(
    const staged_package& package) const {
  std::vector<std::string> moves = {"releases/" + package.release.vsn};
  const auto add_missing = [&](std::string one) {
    if (files_->kind(root_ / one) == file_kind::missing) {
      moves.push_back(std::move(one));
    }
  };
  for (const auto& lib : package.libs)
    add_missing("lib/" + lib.folder_name());
  if (package.has_runtime)
    add_missing("runtime-" + package.release.runtime);
  return moves;
}

}  // namespace instar::release_handler
