// A node's history as the rows of a table.
#pragma once

#include "cli/table.hpp"

#include <vector>

namespace instar::cli {

/// Of /v1/history's answer: the pause for people, and of an error its tag.
boost::json::array history_rows_of(const boost::json::object& body);
const std::vector<column>& history_columns();

}  // namespace instar::cli
