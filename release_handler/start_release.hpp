// The start of a node's release: its modules are loaded, then its applications are
// started, each after those that it needs. As the boot script of OTP.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/release_data.hpp"
#include "runtime/runtime.hpp"

namespace instar::release_handler {

/// On a runtime that has nothing loaded yet. In interactive mode modules are
/// loaded when they are first used, and errors of their files come then. Not from
/// a worker. Errors: those of module files, bad_module_file (another module or
/// version), init_failed.
result<> start_release(runtime& node, const release_data& release,
                       const path& root,
                       instar::code_mode mode = instar::code_mode::embedded);

}  // namespace instar::release_handler
