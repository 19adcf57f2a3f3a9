#include "appup/errc.hpp"

#include "base/error_category.hpp"

#include <array>
#include <cstddef>

namespace instar::appup {
namespace {

// In the order of errc, which starts at 1.
constexpr std::array tags{
    "no error",
    "bad_instruction",
    "bad_module",
    "bad_change",
    "bad_mod_type",
    "bad_timeout",
    "bad_when_busy",
    "bad_purge_method",
    "bad_list",
    "bad_application",
    "bad_start_type",
    "bad_lib",
    "bad_lib_vsn",
    "bad_code_change",
    "bad_mode",
    "bad_func",
    "bad_args_list",
    "bad_node",
    "not_yet_implemented",
    "too_many_point_of_no_return",
    "bad_op_before_point_of_no_return",
    "no_object_code",
    "suspended_not_resumed",
    "resumed_not_suspended",
    "start_not_stop",
    "stop_not_start",
    "no_such_application",
    "removed_application_present",
    "muldef_module",
    "undef_module",
    "no_such_module",
    "conflicting_versions",
    "file_problem",
    "no_relup",
    "bad_regex",
    "badly_formatted_release",
    "illegal_name",
    "illegal_form",
    "illegal_applications",
    "error_reading",
    "undefined_applications",
    "duplicate_register",
    "duplicate_include",
    "duplicate_modules",
    "circular_dependencies",
    "bad_relup_file",
    "bad_config",
    "duplicate_key",
    "unknown_key",
    "alias_not_allowed",
    "too_large",
    "too_deep",
    "too_many_nodes",
    "bad_vsn",
    "erts_vsn_changed",
    "bad_entry",
    "unknown_module",
    "code_change_not_suspended",
    "no_up_entry",
    "no_down_entry",
    "changed_without_instruction",
    "instruction_without_change",
    "added_without_instruction",
    "removed_without_instruction",
    "undeclared_dependency",
    "undecided",
    "warnings_treated_as_errors",
};
static_assert(tags.size() ==
              static_cast<std::size_t>(errc::warnings_treated_as_errors) + 1);

const char* name_of(int value) {
  const auto index = static_cast<std::size_t>(value);
  return index < tags.size() ? tags[index] : "unknown error";
}

const tag_category category("appup", &name_of);

}  // namespace

const boost::system::error_category& appup_category() {
  return category;
}

boost::system::error_code make_error_code(errc code) {
  return {static_cast<int>(code), category};
}

const char* tag_of(errc code) {
  return name_of(static_cast<int>(code));
}

}  // namespace instar::appup
