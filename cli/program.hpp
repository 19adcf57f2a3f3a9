// This program started anew in its own place, which keeps its process id: a node
// that restarts.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"

#include <string>
#include <vector>

namespace instar::cli {

/// The file of this process's program; what an upgrade of the package has put in
/// its place, where there is one.
path this_program();
/// The program that was started first: a node may have gone on as the one that a
/// release's runtime brings.
path first_program();

/// Files but stdin, stdout and stderr are closed. Any thread; ends all others.
/// Returns only where it fails. Errors: the system's.
failure execute(const path& program, const std::vector<std::string>& arguments);

/// As execute(), with that first_program() of it is ours. Nothing is done where it
/// is this program. Errors: the system's.
result<> go_on_as(const path& program,
                  const std::vector<std::string>& arguments);

}  // namespace instar::cli
