// What a node says of its releases, for people.
#pragma once

#include "base/value.hpp"

#include <string>
#include <utility>
#include <vector>

namespace instar::cli {

/// Of /v1/status's answer: what runs, an upgrade under way, a probation, an alarm,
/// modules that are not as the release has them.
std::vector<std::pair<std::string, std::string>> release_lines(
    const boost::json::object& body);

}  // namespace instar::cli
