// The start after a crash: what the journal has open goes to the history.
#pragma once

#include "base/result.hpp"
#include "base/value.hpp"
#include "release_handler/boot_record.hpp"
#include "release_handler/history.hpp"
#include "release_handler/journal.hpp"
#include "release_handler/release_store.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace instar::release_handler {

/// Adds an entry `interrupted` for the operation that a crash ended, unless the
/// history has its outcome already, and closes the journal. The entry; none where
/// nothing is open. May be tried again after a failure. Errors: the system's,
/// journal_failed.
result<std::optional<boost::json::object>> note_interrupted(
    journal& from, history& to, const release_store& store,
    std::chrono::system_clock::time_point now);

/// Instead of it where the node was to start in another release, which did not come
/// up: the entry is `fell_back`.
result<std::optional<boost::json::object>> note_fallen_back(
    journal& from, history& to, const release_store& store,
    const boot_record& failed, std::chrono::system_clock::time_point now);

/// `install of 2 by ann was interrupted ...`: for the log.
std::string describe_interrupted(const boost::json::object& entry);

}  // namespace instar::release_handler
