// Whether the node can be started anew in a release: what is looked at before it
// ends. Reads; touches nothing.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/check_report.hpp"
#include "release_handler/installation.hpp"

namespace instar::release_handler {

/// runtime-VSN/bin/instar of a release that brings its own runtime; empty: it does
/// not, or `root` does not have it.
path runtime_program_of(file_system& files, const path& root,
                        const std::string& runtime);

/// Of a hop whose plan restarts. Errors: irreversible (not allowed: it ends all
/// states and connections), no_such_file, bad_module_file, those of the module
/// check (a module for another runtime than the one that will load it).
result<> check_restart(file_system& files, const path& root,
                       const planned_hop& one, bool allow_irreversible);

/// What ends with the node as it is now.
restart_forecast forecast_restart(runtime& node);

/// Of a way: nothing but one hop may restart. Errors: illegal_instruction.
result<> check_restarts(const planned_way& way);

}  // namespace instar::release_handler
