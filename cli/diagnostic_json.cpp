#include "cli/diagnostic_json.hpp"

namespace instar::cli {

boost::json::object json_of_diagnostic(const appup::diagnostic& one) {
  boost::json::object made{{"tag", appup::tag_of(one.tag)},
                           {"message", one.message},
                           {"file", nullptr},
                           {"line", nullptr},
                           {"column", nullptr}};
  if (one.where.file)
    made["file"] = one.where.file->name;
  if (one.where.at.line > 0) {
    made["line"] = one.where.at.line;
    made["column"] = one.where.at.column;
  }
  return made;
}

boost::json::array json_of_diagnostics(const appup::diagnostics& all) {
  boost::json::array made;
  for (const auto& one : all)
    made.push_back(json_of_diagnostic(one));
  return made;
}

}  // namespace instar::cli
