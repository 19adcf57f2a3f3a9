// Errors and warnings as a product: place, tag, message, source line, caret.
#pragma once

#include "appup/errc.hpp"
#include "appup/source.hpp"
#include "base/result.hpp"

#include <span>
#include <string>
#include <vector>

namespace instar::appup {

enum class severity { error, warning };

struct diagnostic {
  errc tag{};
  source_position where;
  /// What was found, what was expected, and "did you mean" where a name is
  /// near.
  std::string message;
  severity level = severity::error;
};

using diagnostics = std::vector<diagnostic>;

/// Adds an error.
void report(diagnostics& to, errc tag, source_position where,
            std::string message);
/// Adds a warning.
void warn(diagnostics& to, errc tag, source_position where,
          std::string message);

/// What a warning becomes for who asked for errors:
/// warnings_treated_as_errors.
diagnostic as_error(diagnostic warning);

/// `file:line:column: error[tag]: message`, the source line and a caret,
/// without a final newline. Without a position only the first line; control
/// characters are shown as `?`, and a long line is cut around the caret.
std::string to_text(const diagnostic& one);

/// All texts, one below the other, the same one once.
std::string to_text(std::span<const diagnostic> all);

/// The first one's tag as the code, all texts as the context. `all` is not
/// empty.
failure to_failure(std::span<const diagnostic> all);

/// ` (did you mean "x"?)` for the candidate near to `word`, else nothing.
std::string did_you_mean(std::string_view word,
                         std::span<const std::string_view> candidates);
std::string did_you_mean(std::string_view word,
                         std::span<const std::string> candidates);

/// Whether another "did you mean" among many candidates is worth its time:
/// input that is all wrong must not cost more than it says.
bool is_worth_a_guess(const diagnostics& so_far);

}  // namespace instar::appup
