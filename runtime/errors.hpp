// What the runtime refuses. The texts are OTP's words where OTP has one.
#pragma once

#include <boost/system/error_code.hpp>

#include <type_traits>

namespace instar {

enum class errc {
  /// No answer within the time; the request may still be executed.
  timeout = 1,
  /// No such process, or it ended before it answered; the text has its reason.
  noproc,
  /// The receiver has no handler for this message, or the reply has another
  /// type
  /// than the caller expects.
  bad_message,
  /// The name is taken.
  already_registered,
  /// No module of this name is loaded.
  no_such_module,
  /// The module has no such exported function, or with another signature.
  undef,
  /// init threw or gave up.
  init_failed,
  /// A callback threw; the text is the exception's.
  callback_failed,
  /// change_code for a process that is not suspended.
  unknown_system_msg,
  /// No child of this id.
  not_found,
  already_started,
  already_present,
  running,
  restarting,
  /// simple_one_for_one: not possible for this supervisor.
  simple_one_for_one,
  /// A child specification that contradicts itself.
  bad_child_spec,
  /// No such application is loaded.
  not_loaded,
  already_loaded,
  not_started,
  /// Processes still use the old code; the text names some.
  old_processes,
  /// Two modules of one name with other bytes, or a third version.
  bad_module,
  /// The state in memory is not what the conversion expects.
  layout_mismatch,
  /// A conversion failed.
  code_change_failed,
  /// Conversions need more memory than they may take.
  memory_limit,
  /// A process did not get quiet in time; the text names it.
  not_quiet,
  /// Another upgrade's states are still being adopted.
  adopting,
  /// A socket operation failed, or the socket is gone.
  closed,
  not_supported,
  /// The module is sticky: it may be neither loaded anew nor deleted.
  sticky_directory,
  badarg,
  /// sys has no such debug command, or not with this argument.
  unknown_debug,
  /// A file that sys was to write to cannot be opened.
  open_file,
  /// The application is included by another one, which starts and stops it.
  included,
  /// init has chosen that there is to be no process.
  ignored,
};

boost::system::error_code make_error_code(errc value);

}  // namespace instar

template <>
struct boost::system::is_error_code_enum<instar::errc> : std::true_type {};
