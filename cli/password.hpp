// The password of a secret key.
#pragma once

#include "base/result.hpp"

#include <string>

namespace instar::cli {

/// The environment variable that may hold it.
inline constexpr const char* password_variable = "INSTAR_KEY_PASSWORD";

/// From the first line of `file`, where one is named, else from the variable,
/// else from the terminal, which does not show it; a new one is asked for
/// twice. Errors: no_password, the system's for the file.
result<std::string> read_password(const std::string& file,
                                  const std::string& question, bool is_new);

}  // namespace instar::cli
