// The terminal of the observer: ncurses, and nothing else of the command knows it.
#pragma once

#include "base/result.hpp"
#include "cli/observer_frame.hpp"

#include <memory>
#include <optional>

namespace instar::cli {

/// Takes the terminal over, and gives it back as it was when it goes, whatever ends
/// the scope. One at a time; one thread.
class observer_terminal {
public:
  /// Errors: not_a_terminal, where stdin or stdout is none or TERM names none.
  static result<std::unique_ptr<observer_terminal>> open();
  observer_terminal(const observer_terminal&) = delete;
  observer_terminal& operator=(const observer_terminal&) = delete;
  ~observer_terminal();

  screen_size size() const;
  void show(const frame& lines);
  /// Nothing: no key waits.
  std::optional<key_press> next_key();
  /// The window has another size: SIGWINCH.
  void resize();

private:
  explicit observer_terminal(void* screen);

  void* screen_;
};

}  // namespace instar::cli
