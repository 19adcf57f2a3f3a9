// What people read of a rehearsal.
#pragma once

#include "base/value.hpp"

#include <string>

namespace instar::cli {

/// A table of the modules, and one of what went wrong; empty where nothing was
/// rehearsed. `body` is an answer that may have a `rehearsal`.
std::string rehearsal_report(const boost::json::object& body);

}  // namespace instar::cli
