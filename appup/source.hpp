// Where something stands in a manifest.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace instar::appup {

/// A manifest as it was read: what diagnostics quote.
struct source_file {
  std::string name;
  std::string text;
};

/// A place in a file; both count from 1, columns in bytes. 0 is nowhere.
struct text_position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  friend bool operator==(const text_position&, const text_position&) = default;
};

/// A place that keeps its file alive, so that a diagnostic can be made long
/// after reading. No file: something that nobody wrote (an option's effect).
struct source_position {
  std::shared_ptr<const source_file> file;
  text_position at;

  source_position with(text_position other) const { return {file, other}; }
};

}  // namespace instar::appup
