#include "release_handler/json_lines.hpp"

#include <boost/json/parse.hpp>

#include <utility>

namespace instar::release_handler {

std::vector<boost::json::object> read_json_lines(std::string_view bytes) {
  std::vector<boost::json::object> found;
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    if (end == std::string_view::npos)
      break;
    boost::system::error_code error;
    auto line =
        boost::json::parse(boost::json::string_view(bytes.data(), end), error);
    if (!error && line.is_object())
      found.push_back(std::move(line.get_object()));
    bytes.remove_prefix(end + 1);
  }
  return found;
}

}  // namespace instar::release_handler
