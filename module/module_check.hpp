// The rules that a module file must keep, so that it can be loaded beside
// another version of itself, share a process with the runtime, and be unloaded.
//
// The same rules are checked when a module is built (instar-module-check) and
// before it is loaded; none of them needs its code to run. Any thread.
//
//   rule               why
//   machine, abi_tag   it would crash in this process
//   note, descriptor   nothing says which module it is
//   exports            a second version would use the first one's symbols
//   gnu_unique         likewise, and glibc never unloads it
//   nodelete           glibc never unloads it
//   thread_atexit      stays mapped until each thread that used it has ended
//   static_tls         the process has room for a few such files only
//   text_relocations, executable_stack   refused by hardened systems
//   build_id           two builds of one version could not be told apart
//   runpath, needed    another release's library could be taken silently
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "module/elf_file.hpp"
#include "module/errors.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace instar::module_file {

/// The shared libraries that a module may need. `*` at the end stands for
/// anything.
std::vector<std::string> default_libraries();

struct check_policy {
  /// The hard part of the ABI tag that the module must have: by default that of
  /// this program.
  std::string abi_hard = this_abi_hard();
  std::vector<std::string> allowed_libraries = default_libraries();
  /// Whether the module is declared as never to be unloaded; its descriptor may
  /// say so as well. nodelete and thread_atexit do not matter then.
  bool pinned = false;

  static std::string this_abi_hard();
};

struct finding {
  errc code;
  /// As in the table above.
  std::string rule;
  /// What is wrong, and how to build instead.
  std::string text;
};

struct module_verdict {
  std::vector<finding> errors;
  std::vector<std::string> warnings;
};

module_verdict check_module(const elf_file& module, const check_policy& policy);

/// The verdict as a result: the first error's code, and every error on a line
/// of its own, `file: rule: text`. Errors: wrong_abi, no_descriptor,
/// bad_module, bad_dependency.
result<> refuse(const module_verdict& verdict, const path& file);

}  // namespace instar::module_file
