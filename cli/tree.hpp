// A node's supervision tree as the rows of a table.
#pragma once

#include "cli/table.hpp"

#include <vector>

namespace instar::cli {

/// Of /v1/tree's answer: a row for each application, process and child that is
/// none, its place drawn in `tree` with the characters that the locale has.
boost::json::array tree_rows_of(const boost::json::object& body);
const std::vector<column>& tree_columns();

}  // namespace instar::cli
