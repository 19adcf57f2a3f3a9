// The releases of a node: what is unpacked, which one runs, which one a restart
// starts. As the release list of OTP's release_handler; it starts and stops
// nothing. One thread at a time.
//
//   from            event                      to
//   -               unpack_release,            unpacked
//                   set_unpacked
//   unpacked, old   set_current                current; the current one: old
//   permanent       set_current (going back)   permanent; the current one: old
//   current         make_permanent             permanent; the permanent: old
//   old             reboot_old_release         permanent; the permanent: old
//   unpacked, old   remove_release,            gone
//                   set_removed
//
// Unlike OTP the current release cannot be removed: its code runs.
//
// On disk (below the node's folder): lib/APP-VSN/, runtime-VSN/, releases/VSN/,
// releases/RELEASES.yaml; for a while releases/.unpack-staging/ and
// releases/.cleanup-VSN. Every operation takes effect with one rename of
// RELEASES.yaml. A crash before it leaves the old releases, after it the new
// ones; open() deletes what belongs to neither. set_current writes nothing.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/package.hpp"
#include "release_handler/releases_file.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace instar::release_handler {

class release_store {
public:
  /// Reads RELEASES.yaml and deletes what an interrupted operation left. Where
  /// there is none, but exactly one release in releases/, that one becomes
  /// permanent. `files` must outlive the store. Errors (each says what to do):
  /// no_such_release, bad_releases_file, no_such_file, the system's.
  static result<release_store> open(file_system& files, const path& root);

  /// Makes a new node at `root` from a package, whose release is permanent.
  /// Errors: existing_release (there is a node already), unpack_release's.
  static result<release_store> create(file_system& files, const path& root,
                                      const path& package,
                                      const package_rules& rules = {});

  /// Writes RELEASES.yaml anew with the one release `vsn`, permanent; its files
  /// are there. Errors: set_unpacked's but existing_release.
  /// As OTP release_handler:create_RELEASES/4.
  static result<> create_RELEASES(file_system& files, const path& root,
                                  std::string_view vsn);

  /// All releases, in the order of unpacking.
  std::span<const release_record> which_releases() const { return releases_; }
  /// Errors: no_such_release.
  result<release_record> find(std::string_view vsn) const;
  /// What a restart starts. Valid until the next change.
  const release_record& permanent() const;
  /// The current release, else the permanent one. Valid until the next change.
  const release_record& running() const;

  const path& root() const { return root_; }
  path release_folder(std::string_view vsn) const;
  path lib_folder(const lib_id& lib) const;

  /// Unpacks a package (a folder or a .tar.zst) and answers its version. Lib
  /// folders that the node has already are kept. The package itself stays. A
  /// failure leaves nothing of it on the node. Errors: existing_release,
  /// stage_package's.
  result<std::string> unpack_release(const path& package,
                                     const package_rules& rules = {});

  /// Takes up a release whose files someone put into releases/VSN/ and lib/.
  /// Errors: existing_release, no_such_release (not a version), no_such_file,
  /// bad_release_file, no_such_application, appup's for manifests.
  result<std::string> set_unpacked(std::string_view vsn);

  /// Copies a file into the folder of a release, under its own name; one that is
  /// there is replaced whole. For relup.yaml and config.yaml: release.yaml says
  /// what RELEASES.yaml has, and stays. Errors: no_such_release, no_such_file,
  /// bad_release_file, the system's.
  result<> install_file(std::string_view vsn, const path& file);

  /// After an installation, also one that goes back. In memory: a restart
  /// starts the permanent release. Errors: no_such_release, already_installed.
  result<> set_current(std::string_view vsn);

  /// Makes the current release the one that a restart starts; nothing if it is
  /// that already. Errors: no_such_release, bad_status (unpacked, old),
  /// no_such_file.
  result<> make_permanent(std::string_view vsn);

  /// Makes an old release the one that a restart starts; the restart is the
  /// caller's. Errors: no_such_release, bad_status (not old), no_such_file.
  result<> reboot_old_release(std::string_view vsn);

  /// Deletes a release and what no other release has of its libs and runtime.
  /// If deleting fails, the release is gone from the list, and removing it
  /// again deletes the rest. Errors: no_such_release, permanent, bad_status
  /// (current).
  result<> remove_release(std::string_view vsn);

  /// Forgets a release and keeps its files. Errors: remove_release's.
  result<> set_removed(std::string_view vsn);

private:
  release_store(file_system& files, path root);

  static path list_file(const path& root);
  const release_record* lookup(std::string_view vsn) const;
  const release_record* lookup(release_status status) const;

  // In release_store_files.cpp, with all that reads and moves files.
  result<> remove_stale();
  result<std::string> unpack_as(const path& package, release_status status,
                                const package_rules& rules);
  result<> put_in_place(const staged_package& package, release_record record);
  std::vector<std::string> moves_of(const staged_package& package) const;

  // In release_store.cpp, with the statuses.
  result<release_record> removable(std::string_view vsn) const;
  result<> check_startable(std::string_view vsn) const;
  result<> promote(std::string_view vsn);
  /// Writes `next` and takes it over. After a failure both the disk and the
  /// store have the present list; or both have `next`, where the disk has it
  /// already and cannot be written any more.
  result<> commit(std::vector<release_record> next);

  file_system* files_;
  path root_;
  std::vector<release_record> releases_;
};

}  // namespace instar::release_handler
