// Errors and warnings of manifests as the verbs print them with --json.
#pragma once

#include "appup/diagnostic.hpp"
#include "base/value.hpp"

namespace instar::cli {

/// `{tag, message, file, line, column}`; null where it has no place.
boost::json::object json_of_diagnostic(const appup::diagnostic& one);
boost::json::array json_of_diagnostics(const appup::diagnostics& all);

}  // namespace instar::cli
