// What people read at the end of an installation or a rollback.
#pragma once

#include "base/value.hpp"

#include <string>

namespace instar::cli {

/// From, to, outcome, processes by module, the pause, and each phase's time.
std::string upgrade_report(const boost::json::object& body);

}  // namespace instar::cli
