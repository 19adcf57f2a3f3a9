#include "release_handler/package_path.hpp"

#include "release_handler/errors.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>

#include <algorithm>

namespace instar::release_handler {
namespace {

// What is wrong with one part of a path, or null.
const char* fault_of(std::string_view part) {
  if (part.empty())
    return "it has an empty part";
  if (part == "..")
    return "it leaves the package's folder";
  if (part.size() > 255)
    return "a part of it is longer than 255 bytes";
  const bool odd = std::any_of(part.begin(), part.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f || c == '\\';
  });
  return odd ? "it holds a control character or a backslash" : nullptr;
}

failure refused(std::string_view written, const char* why) {
  // As JSON, since it may hold what a terminal would obey.
  const auto shown = boost::json::serialize(boost::json::string_view(
      written.data(), std::min<std::size_t>(written.size(), 300)));
  return {errc::package_path,
          "the package holds the path " + shown + ": " + why};
}

}  // namespace

result<std::string> package_entry_path(std::string_view written,
                                       const package_limits& limits) {
  auto rest = written;
  if (rest.starts_with('/'))
    return refused(written, "it is absolute");
  if (rest.ends_with('/'))
    rest.remove_suffix(1);
  while (rest.starts_with("./"))
    rest.remove_prefix(2);
  if (rest == ".")
    return std::string();
  std::size_t depth = 0;
  for (auto left = rest;;) {
    const auto slash = left.find('/');
    if (const auto* why = fault_of(left.substr(0, slash))) {
      return refused(written, why);
    }
    if (left.substr(0, slash) == ".") {
      return refused(written, "it has the part \".\"");
    }
    if (++depth > limits.depth)
      return refused(written, "it is too deep");
    if (slash == std::string_view::npos)
      return std::string(rest);
    left.remove_prefix(slash + 1);
  }
}

}  // namespace instar::release_handler
