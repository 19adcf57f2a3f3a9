// What an operation does, as it happens: one line for each phase. On a terminal
// the line of a phase is redrawn as it goes on, with a bar behind it of how far
// the whole is. One thread.
#pragma once

#include "base/value.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace instar::cli {

class progress {
public:
  using writer = std::function<void(std::string_view)>;
  progress(writer write, bool is_terminal)
      : write_(std::move(write)), is_terminal_(is_terminal) {}

  /// `{"event": "phase", "phase", "batch", "of", "at_us", "done"?, "total"?}` or
  /// `{"event": "log", "text"}`; others are ignored.
  void event(const boost::json::object& one);
  /// Ends a line that could still be redrawn.
  void finish();

private:
  void phase(const boost::json::object& one);

  writer write_;
  bool is_terminal_;
  /// Phase and batch of the line shown last.
  std::string shown_;
  bool line_is_open_ = false;
  /// The open line without its bar; empty: it has none.
  std::string barless_;
};

}  // namespace instar::cli
