// `instar run`: a node in the foreground.
#pragma once

#include "base/file_system.hpp"

#include <optional>
#include <string>

namespace instar::cli {

struct run_options {
  path root;
  /// Instead of the permanent release.
  std::optional<std::string> release;
};

/// Runs a node until it is told to stop; an exit code. No thread may run yet: a
/// node blocks the signals that end it in all of them. Once in a process.
int run_node(const run_options& options);

}  // namespace instar::cli
