// The options that check, install and rollback share. Needs CLI11.
#pragma once

#include "cli/arguments.hpp"

#include <optional>
#include <string>

namespace instar::cli {

struct upgrade_options {
  bool allow_irreversible = false;
  bool dry_run = false;
  /// Not given: a check does, an installation does not.
  std::optional<bool> rehearse;
  bool round_trip = false;
  bool isolated = false;
  bool force = false;
  bool wait = false;
  std::string when_busy;
  std::optional<std::int64_t> timeout_ms;
  std::optional<std::int64_t> hold_ms;
  std::optional<std::int64_t> convert_timeout_ms;
  std::optional<std::int64_t> memory_limit_bytes;
};

void add_upgrade_options(CLI::App& verb, upgrade_options& into);

/// Those of them that any upgrade has.
void add_wait_options(CLI::App& verb, upgrade_options& into);

/// The request's body; only what was given is in it.
boost::json::object to_body(const upgrade_options& options);

/// Asks for an upgrade with its events, and says at the end which release a
/// restart of the node would start.
exit_code ask_upgrade(const session& with, const std::string& target,
                      boost::json::object body);

/// `code upgrade`: the same for one module.
exit_code ask_code_upgrade(const session& with, boost::json::object body);

}  // namespace instar::cli
