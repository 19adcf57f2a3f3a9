#include "release_handler/errors.hpp"

#include "base/error_category.hpp"

namespace instar::release_handler {
namespace {

const char* name_of(int value) {
  return tag_of(static_cast<errc>(value));
}

}  // namespace

const char* tag_of(errc code) {
  switch (code) {
    case errc::no_such_release:
      return "no_such_release";
    case errc::already_installed:
      return "already_installed";
    case errc::existing_release:
      return "existing_release";
    case errc::bad_status:
      return "bad_status";
    case errc::permanent:
      return "permanent";
    case errc::no_such_file:
      return "no_such_file";
    case errc::not_a_directory:
      return "not_a_directory";
    case errc::bad_releases_file:
      return "bad_releases_file";
    case errc::bad_boot_record:
      return "bad_boot_record";
    case errc::bad_release_file:
      return "bad_release_file";
    case errc::bad_package:
      return "bad_package";
    case errc::package_path:
      return "package_path";
    case errc::package_link:
      return "package_link";
    case errc::package_device:
      return "package_device";
    case errc::package_too_large:
      return "package_too_large";
    case errc::package_hash:
      return "package_hash";
    case errc::unsigned_package:
      return "unsigned_package";
    case errc::bad_signature_file:
      return "bad_signature_file";
    case errc::unknown_key:
      return "unknown_key";
    case errc::bad_signature:
      return "bad_signature";
    case errc::below_floor:
      return "below_floor";
    case errc::bad_key:
      return "bad_key";
    case errc::wrong_password:
      return "wrong_password";
    case errc::no_exec:
      return "no_exec";
    case errc::no_such_application:
      return "no_such_application";
    case errc::bad_access:
      return "bad_access";
    case errc::forbidden:
      return "forbidden";
    case errc::unauthorized:
      return "unauthorized";
    case errc::no_space:
      return "no_space";
    case errc::app_not_running:
      return "app_not_running";
    case errc::no_appup_found:
      return "no_appup_found";
    case errc::version_not_in_appup:
      return "version_not_in_appup";
    case errc::no_app_found:
      return "no_app_found";
    case errc::unknown_version:
      return "unknown_version";
    case errc::bad_relup_file:
      return "bad_relup_file";
    case errc::no_matching_relup:
      return "no_matching_relup";
    case errc::bad_module_file:
      return "bad_module_file";
    case errc::bad_lib_vsn:
      return "bad_lib_vsn";
    case errc::install_in_progress:
      return "install_in_progress";
    case errc::adopting:
      return "adopting";
    case errc::old_processes:
      return "old_processes";
    case errc::not_quiet:
      return "not_quiet";
    case errc::layout_mismatch:
      return "layout_mismatch";
    case errc::illegal_instruction:
      return "illegal_instruction";
    case errc::effect_in_batch:
      return "effect_in_batch";
    case errc::sync_error:
      return "sync_error";
    case errc::irreversible:
      return "irreversible";
    case errc::memory_limit:
      return "memory_limit";
    case errc::suspended_supervisor:
      return "suspended_supervisor";
    case errc::get_modules_failed:
      return "get_modules_failed";
    case errc::code_change_failed:
      return "code_change_failed";
    case errc::effect_failed:
      return "effect_failed";
    case errc::undone:
      return "undone";
    case errc::rolled_back:
      return "rolled_back";
    case errc::degraded:
      return "degraded";
    case errc::timeout:
      return "timeout";
    case errc::cancelled:
      return "cancelled";
    case errc::probation_failed:
      return "probation_failed";
    case errc::journal_failed:
      return "journal_failed";
    case errc::boot_failed:
      return "boot_failed";
    case errc::application_terminated:
      return "application_terminated";
  }
  return "unknown_error";
}

const boost::system::error_category& release_handler_category() {
  static const tag_category category("release_handler", name_of);
  return category;
}

boost::system::error_code make_error_code(errc code) {
  return {static_cast<int>(code), release_handler_category()};
}

}  // namespace instar::release_handler
