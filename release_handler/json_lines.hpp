// Files of one JSON object a line, as journal and history are.
#pragma once

#include <boost/json/object.hpp>

#include <string_view>
#include <vector>

namespace instar::release_handler {

/// The objects, in their order. A last line without an end (a crash cut it off) and
/// lines that are no object are left out.
std::vector<boost::json::object> read_json_lines(std::string_view bytes);

}  // namespace instar::release_handler
