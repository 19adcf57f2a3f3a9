// What people read at the end of an installation, a rollback or a check.
#pragma once

#include "base/value.hpp"

#include <string>

namespace instar::cli {

/// From, to, outcome, processes by module, the pause, and each phase's time.
std::string upgrade_report(const boost::json::object& body);

/// What an installation would do, step by step: the answer of a check.
std::string plan_report(const boost::json::object& body);

}  // namespace instar::cli
