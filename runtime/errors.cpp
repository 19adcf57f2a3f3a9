#include "runtime/errors.hpp"

#include "base/error_category.hpp"

namespace instar {
namespace {

constexpr const char* names[] = {"ok",
                                 "timeout",
                                 "noproc",
                                 "bad_message",
                                 "already_registered",
                                 "no_such_module",
                                 "undef",
                                 "init_failed",
                                 "callback_failed",
                                 "unknown_system_msg",
                                 "not_found",
                                 "already_started",
                                 "already_present",
                                 "running",
                                 "restarting",
                                 "simple_one_for_one",
                                 "bad_child_spec",
                                 "not_loaded",
                                 "already_loaded",
                                 "not_started",
                                 "old_processes",
                                 "bad_module",
                                 "layout_mismatch",
                                 "code_change_failed",
                                 "memory_limit",
                                 "not_quiet",
                                 "adopting",
                                 "closed",
                                 "not_supported",
                                 "sticky_directory",
                                 "badarg",
                                 "unknown_debug",
                                 "open_file",
                                 "included",
                                 "ignored"};
static_assert(sizeof names / sizeof *names ==
              static_cast<std::size_t>(errc::ignored) + 1);

const char* name_of(int value) {
  return names[value];
}

}  // namespace

boost::system::error_code make_error_code(errc value) {
  static const tag_category category("runtime", name_of);
  return {static_cast<int>(value), category};
}

}  // namespace instar
