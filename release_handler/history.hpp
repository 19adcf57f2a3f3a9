// What happened to a node's releases: one JSON line per installation in
// log/history.jsonl, written after the fact and never while a gate is closed.
#pragma once

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"
#include "base/value.hpp"

#include <vector>

namespace instar::release_handler {

/// One thread at a time.
class history {
public:
  /// Lines that all() answers at most: the newest.
  static constexpr std::size_t answer_limit = 1000;

  history(file_system& files, path file)
      : files_(files), file_(std::move(file)) {}

  /// Adds an entry, with the time, durably.
  result<> add(boost::json::object entry,
               std::chrono::system_clock::time_point date);
  /// Oldest first. A line that cannot be read (a crash while it was written) is
  /// left out.
  std::vector<value> all();

private:
  result<bool> begins_line();

  file_system& files_;
  path file_;
  bool has_added_ = false;
};

/// `2026-11-21T06:00:00Z`
std::string to_text(std::chrono::system_clock::time_point date);

}  // namespace instar::release_handler
