// How verbs declare themselves and read their arguments. Needs CLI11.
#pragma once

#include "cli/session.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace instar::cli {

/// A verb below `parent`. Options of the whole command are understood after it
/// too. `example` is one or more lines.
CLI::App& add_verb(CLI::App& parent, const std::string& name,
                   const std::string& description, const std::string& example);

/// A verb that has verbs below it, one of which must follow.
CLI::App& add_group(CLI::App& parent, const std::string& name,
                    const std::string& description);

/// What to do once the line was understood and this verb is on it.
void on(CLI::App& verb, session& with, std::function<exit_code()> action);

CLI::Option& add_vsn(CLI::App& verb, std::string& into);
/// A process: its name, or its pid `0.N.S`.
CLI::Option& add_process(CLI::App& verb, std::string& into);
/// JSON as text, checked when it is read; parse it with json_of.
CLI::Option& require_json(CLI::Option& option);
value json_of(const std::string& text);
/// `250ms`, `5s`, `2m`; a number alone is milliseconds.
CLI::Option& add_duration(CLI::App& verb, const std::string& name,
                          std::optional<std::int64_t>& into_ms,
                          const std::string& description);

}  // namespace instar::cli
