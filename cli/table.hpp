// Tables for people.
#pragma once

#include "base/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace instar::cli {

struct column {
  /// The field of each row.
  std::string_view key;
  std::string_view title;
};

/// A line of titles and one per row, which are objects. A column that is absent
/// or null in all rows is left out, unless there are no rows. Numbers stand at
/// the right.
std::string table(const std::vector<column>& columns,
                  const boost::json::array& rows);

/// As above, of the array in the field `key` of `body`; none is an empty one.
std::string table(const std::vector<column>& columns,
                  const boost::json::object& body, std::string_view key);

/// `name   text` lines, the texts below each other.
std::string lines_of(
    const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace instar::cli
