// Why an operation on a release was refused, undone or failed. The texts are
// the tags that programs compare: OTP's words where OTP has one.
#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

#include <type_traits>

namespace instar::release_handler {

/// The comments say what the caller can do; a failure's context names the
/// release, file or process.
enum class errc {
  // Releases on disk.
  /// Not in RELEASES.yaml: unpack it, or see which_releases for those there
  /// are.
  no_such_release = 1,
  /// It is the current release already: nothing is to be done.
  already_installed,
  /// A release of that version is there: remove it, or pack a new version.
  existing_release,
  /// The operation needs another status: install before make_permanent; go back
  /// to another release before removing the current one.
  bad_status,
  /// The package needs more space than its node's file system has free: free some,
  /// or remove old releases.
  no_space,
  /// The permanent release is what a restart starts: commit another one first.
  permanent,
  /// A file that the release needs is missing: unpack the release again.
  no_such_file,
  /// Something stands where a folder must be: move it away.
  not_a_directory,
  /// RELEASES.yaml cannot be read or names no permanent release: mend the line,
  /// or write it anew with create_RELEASES.
  bad_releases_file,
  /// releases/boot.json cannot be read: the permanent release was started; install
  /// again.
  bad_boot_record,
  /// release.yaml contradicts its folder or its applications: pack it again.
  bad_release_file,
  /// The node's folder is on a file system mounted noexec: mount it without, or
  /// move the folder.
  no_exec,

  // Packages.
  /// Not a folder or .tar.zst with lib/, releases/VSN/ and nothing else, or cut
  /// off: pack it with `instar release pack`, copy it again.
  bad_package,
  /// An entry's path leaves the package's folder: do not trust its maker.
  package_path,
  /// A link in a package: pack the file that it points to.
  package_link,
  /// A device, pipe or socket in a package: do not trust its maker.
  package_device,
  /// More files or bytes than the limits allow: raise them, or pack less.
  package_too_large,
  /// A file's bytes differ from its MANIFEST line, or only one of the two is
  /// there: copy the package again.
  package_hash,
  /// A package without a signature, or a folder, on a node that takes signed ones
  /// only: sign it, or set allow_unsigned.
  unsigned_package,
  /// The .minisig file cannot be read: copy it again, or sign the package again.
  bad_signature_file,
  /// The key that signed is not in trusted_keys: add it, if you trust its owner.
  unknown_key,
  /// The package's bytes or the trusted comment are not what was signed: do not
  /// trust where it came from.
  bad_signature,
  /// The release is older than the node's floor: unpack a newer one.
  below_floor,
  /// A key that is not in minisign's format: copy it again.
  bad_key,
  /// The password does not open the secret key: try again.
  wrong_password,
  /// An application of the release is neither in the package nor on the node:
  /// pack it too.
  no_such_application,

  // Who may.
  /// roles or listen of instar.yaml name what is not there: mend the setting.
  bad_access,
  /// The user has no role that allows it: ask one of those who are named.
  forbidden,
  /// The token of a request over TCP is missing or wrong.
  unauthorized,

  // One application.
  /// The application is not started: start it, or install a release that has it.
  app_not_running,
  /// The version that describes the way has no appup.yaml: write one.
  no_appup_found,
  /// The appup has no entry for the other version: add one.
  version_not_in_appup,
  /// There is no app.yaml in the folder: name an application's folder.
  no_app_found,
  /// The folder is not named as an application and its version, or its app.yaml
  /// says another one.
  unknown_version,

  // Finding the script.
  /// relup.yaml is for another release, or cannot be read: make it again.
  bad_relup_file,
  /// No script leads from the running release to that one: make a relup with
  /// `--from`, or go through a release between them.
  no_matching_relup,
  /// A module file holds another module or version than its folder says: build the
  /// application again.
  bad_module_file,
  /// load_object_code names a version that the release does not have: make the
  /// relup again.
  bad_lib_vsn,

  // Refused, nothing touched.
  /// Another installation runs or is in its probation: wait, commit, or cancel.
  install_in_progress,
  /// Processes are still adopting the states of the last batch: try again soon.
  adopting,
  /// Processes still run the code that would be purged: see `blockers`, or use
  /// brutal_purge.
  old_processes,
  /// A process did not become quiet in time: `blockers` names its handler;
  /// raise
  /// the timeout, or `--force`.
  not_quiet,
  /// A state's layout differs from the one the new code declares: write a
  /// code_change for it.
  layout_mismatch,
  /// An instruction that may not stand where it stands: edit the appup.
  illegal_instruction,
  /// An effect between suspend and resume: move it out of the batch.
  effect_in_batch,
  /// sync_nodes names another node, and nodes are not connected to each other:
  /// install on each of them.
  sync_error,
  /// An effect has no exact undo: give it one, or `--allow-irreversible`.
  irreversible,
  /// Second states need more memory than memory_limit: raise it.
  memory_limit,
  /// A process list cannot be made while a supervisor is suspended: resume it.
  suspended_supervisor,
  /// A process with dynamic modules did not say which: see its handler.
  get_modules_failed,

  // Begun and not finished.
  /// A conversion failed, on the process that is named; the old code runs on
  /// with its old state. Mend code_change, and rehearse it with check.
  code_change_failed,
  /// An apply, start or stop failed: its context has the function's reason.
  effect_failed,
  /// The failure was undone before any client saw new code.
  undone,
  /// New code had run; the down script took every state back.
  rolled_back,
  /// The rollback failed too: the node runs on as it is, and needs an operator.
  degraded,
  /// Not done in time; the context says what went on and what was kept.
  timeout,
  /// An operator cancelled it; nothing of it remains.
  cancelled,
  /// The release crashed, gave up or called itself ill after its installation: see
  /// the reason; the release before runs again.
  probation_failed,
  /// log/journal.jsonl cannot be written, so the operation did not begin or was
  /// taken back: free space on the node's disk.
  journal_failed,
  /// The release that the node was restarted in did not come up, so the permanent
  /// one was started: see the reason.
  boot_failed,
  /// An application that the node cannot do without has ended, so the node has
  /// stopped: see its reason, and the log.
  application_terminated,
};

const boost::system::error_category& release_handler_category();
boost::system::error_code make_error_code(errc code);
/// The tag's text, of static storage.
const char* tag_of(errc code);

}  // namespace instar::release_handler

template <>
struct boost::system::is_error_code_enum<instar::release_handler::errc>
    : std::true_type {};
