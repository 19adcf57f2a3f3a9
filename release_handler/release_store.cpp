#include "release_handler/release_store.hpp"

#include "base/names.hpp"
#include "release_handler/cleanup.hpp"
#include "release_handler/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace instar::release_handler {
namespace {

failure no_such_release(std::string_view vsn) {
  return {errc::no_such_release,
          fmt::format("there is no release \"{}\" on this node", vsn)};
}

failure bad_status(const release_record& release, std::string_view why) {
  return {errc::bad_status, fmt::format("release \"{}\" is {}: {}", release.vsn,
                                        to_string(release.status), why)};
}

// OTP's rule: the release that had a status which only one can have becomes
// old.
void pass_status(std::vector<release_record>& releases, std::string_view vsn,
                 release_status status) {
  for (auto& one : releases) {
    if (one.vsn == vsn) {
      one.status = status;
    } else if (one.status == status) {
      one.status = release_status::old;
    }
  }
}

std::vector<release_record> without(std::vector<release_record> releases,
                                    std::string_view vsn) {
  std::erase_if(releases, [&](const auto& one) { return one.vsn == vsn; });
  return releases;
}

}  // namespace

release_store::release_store(file_system& files, path root)
    : files_(&files), root_(std::move(root)) {}

path release_store::list_file(const path& root) {
  return root / "releases" / "RELEASES.yaml";
}

path release_store::release_folder(std::string_view vsn) const {
  return root_ / "releases" / std::string(vsn);
}

path release_store::lib_folder(const lib_id& lib) const {
  return root_ / "lib" / lib.folder_name();
}

const release_record* release_store::lookup(std::string_view vsn) const {
  const auto found =
      std::find_if(releases_.begin(), releases_.end(),
                   [&](const release_record& one) { return one.vsn == vsn; });
  return found == releases_.end() ? nullptr : &*found;
}

const release_record* release_store::lookup(release_status status) const {
  const auto found = std::find_if(
      releases_.begin(), releases_.end(),
      [&](const release_record& one) { return one.status == status; });
  return found == releases_.end() ? nullptr : &*found;
}

result<release_record> release_store::find(std::string_view vsn) const {
  if (const auto* found = lookup(vsn))
    return *found;
  return no_such_release(vsn);
}

const release_record& release_store::permanent() const {
  const auto* found = lookup(release_status::permanent);
  assert(found != nullptr);
  return *found;
}

const release_record& release_store::running() const {
  const auto* current = lookup(release_status::current);
  return current != nullptr ? *current : permanent();
}

result<> release_store::set_current(std::string_view vsn) {
  const auto* release = lookup(vsn);
  if (release == nullptr)
    return no_such_release(vsn);
  switch (release->status) {
    case release_status::current:
      return failure(errc::already_installed,
                     fmt::format("release \"{}\" is the current one", vsn));
    case release_status::permanent:
      // Going back: it stays permanent, and no release is current.
      pass_status(releases_, {}, release_status::current);
      return {};
    case release_status::unpacked:
    case release_status::old:
      pass_status(releases_, vsn, release_status::current);
      return {};
  }
  return {};
}

result<> release_store::make_permanent(std::string_view vsn) {
  const auto* release = lookup(vsn);
  if (release == nullptr)
    return no_such_release(vsn);
  if (release->status == release_status::permanent)
    return {};
  if (release->status != release_status::current) {
    return bad_status(*release, "only the current one can become permanent");
  }
  return promote(vsn);
}

result<> release_store::reboot_old_release(std::string_view vsn) {
  const auto* release = lookup(vsn);
  if (release == nullptr)
    return no_such_release(vsn);
  if (release->status != release_status::old) {
    return bad_status(*release, "only an old one can be rebooted into");
  }
  return promote(vsn);
}

result<> release_store::remove_release(std::string_view vsn) {
  if (lookup(vsn) == nullptr && is_valid_vsn(vsn) &&
      has_cleanup(*files_, root_, vsn)) {
    return carry_out_cleanups(*files_, root_, releases_);
  }
  INSTAR_TRY_ASSIGN(const auto release, removable(vsn));
  cleanup note{release.vsn, {"releases/" + release.vsn}};
  for (const auto& lib : release.libs) {
    note.paths.push_back("lib/" + lib.folder_name());
  }
  if (!release.runtime.empty()) {
    note.paths.push_back("runtime-" + release.runtime);
  }
  INSTAR_TRY(note_cleanup(*files_, root_, note));
  const auto removed = commit(without(releases_, release.vsn));
  // Where the list could not be changed this deletes the note alone.
  const auto cleaned = carry_out_cleanups(*files_, root_, releases_);
  return removed ? cleaned : removed;
}

result<> release_store::set_removed(std::string_view vsn) {
  INSTAR_TRY_ASSIGN(const auto release, removable(vsn));
  return commit(without(releases_, release.vsn));
}

result<release_record> release_store::removable(std::string_view vsn) const {
  INSTAR_TRY_ASSIGN(auto release, find(vsn));
  if (release.status == release_status::permanent) {
    return failure(errc::permanent,
                   fmt::format("release \"{}\" is the permanent one", vsn));
  }
  if (release.status == release_status::current) {
    return bad_status(release, "its code runs");
  }
  return release;
}

result<> release_store::check_startable(std::string_view vsn) const {
  const auto file = release_folder(vsn) / "release.yaml";
  if (files_->kind(file) == file_kind::regular)
    return {};
  return failure(
      errc::no_such_file,
      fmt::format("{} is not there: without it release \"{}\" cannot "
                  "be started",
                  file.string(), vsn));
}

result<> release_store::promote(std::string_view vsn) {
  INSTAR_TRY(check_startable(vsn));
  auto next = releases_;
  pass_status(next, vsn, release_status::permanent);
  return commit(std::move(next));
}

result<> release_store::commit(std::vector<release_record> next) {
  const auto list = list_file(root_);
  const auto written = write_releases(*files_, list, next);
  if (written) {
    releases_ = std::move(next);
    return {};
  }
  // The new list may have its name already and only not be durable.
  const auto restored = releases_.empty()
                            ? files_->remove_all(list)
                            : write_releases(*files_, list, releases_);
  if (restored)
    return written;
  const auto on_disk = read_releases(*files_, list);
  const bool renamed = on_disk && *on_disk == as_stored(next);
  if (renamed)
    releases_ = std::move(next);
  return written;
}

}  // namespace instar::release_handler
