// What people read of an installation that has not begun.
#pragma once

#include "base/value.hpp"

#include <string>

namespace instar::cli {

/// What an installation would do, step by step: the answer of a check.
std::string plan_report(const boost::json::object& body);

}  // namespace instar::cli
