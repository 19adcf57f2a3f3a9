// What can be wrong with a manifest or an upgrade script. The texts are OTP's
// tags where OTP has one (systools_make, systools_rc, systools_relup).
#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

#include <type_traits>

namespace instar::appup {

/// One tag per reason; a diagnostic's message says what was found and what was
/// expected, so a caller only compares these to choose an exit code or a help
/// page. All of them are cured by editing the manifest that the diagnostic
/// names.
enum class errc {
  // The syntax of an instruction.
  bad_instruction = 1,
  bad_module,
  bad_change,
  bad_mod_type,
  bad_timeout,
  bad_when_busy,
  bad_purge_method,
  bad_list,
  bad_application,
  bad_start_type,
  bad_lib,
  bad_lib_vsn,
  bad_code_change,
  bad_mode,
  bad_func,
  bad_args_list,
  bad_node,
  not_yet_implemented,

  // A script as a whole.
  too_many_point_of_no_return,
  bad_op_before_point_of_no_return,
  no_object_code,
  suspended_not_resumed,
  resumed_not_suspended,
  start_not_stop,
  stop_not_start,
  no_such_application,
  removed_application_present,
  muldef_module,
  undef_module,
  no_such_module,
  conflicting_versions,

  // An appup as a file.
  file_problem,
  no_relup,
  bad_regex,

  // A release and its applications.
  badly_formatted_release,
  illegal_name,
  illegal_form,
  illegal_applications,
  error_reading,
  undefined_applications,
  duplicate_register,
  duplicate_include,
  duplicate_modules,
  circular_dependencies,

  // Other files.
  bad_relup_file,
  bad_config,

  // Any manifest, which is untrusted input.
  duplicate_key,
  unknown_key,
  alias_not_allowed,
  too_large,
  too_deep,
  too_many_nodes,

  // Warnings.
  bad_vsn,
  erts_vsn_changed,
  bad_entry,
  unknown_module,
  code_change_not_suspended,

  // Warnings of a check of one appup.
  no_up_entry,
  no_down_entry,
  changed_without_instruction,
  instruction_without_change,
  added_without_instruction,
  removed_without_instruction,
  undeclared_dependency,
  undecided,

  /// There were warnings, and the caller asked for errors.
  warnings_treated_as_errors,
};

const boost::system::error_category& appup_category();
boost::system::error_code make_error_code(errc code);
/// The tag's text, of static storage.
const char* tag_of(errc code);

}  // namespace instar::appup

template <>
struct boost::system::is_error_code_enum<instar::appup::errc> : std::true_type {
};
