// Runs the built command in a terminal of the test's own.
#pragma once

#include <sys/types.h>
#include <termios.h>

#include <string>
#include <string_view>
#include <vector>

namespace instar::cli::test {

/// An xterm of 100 columns and 30 rows. What is not waited for is ended.
class pseudo_terminal {
public:
  explicit pseudo_terminal(std::vector<std::string> arguments,
                           const std::vector<std::string>& environment = {});
  pseudo_terminal(const pseudo_terminal&) = delete;
  pseudo_terminal& operator=(const pseudo_terminal&) = delete;
  ~pseudo_terminal();

  void type(std::string_view keys);
  void resize(unsigned short columns, unsigned short rows);
  void send_signal(int number);
  /// Until this was written, after what was read before; all of that. Fails after
  /// 20 s, or where the command ends before.
  std::string read_until(std::string_view text);
  /// To its end; the exit code, -1: a signal ended it. What it wrote is in rest().
  int wait();
  const std::string& rest() const { return rest_; }

  /// Whether the terminal does lines and echo, as at the beginning.
  bool is_as_before() const;

private:
  bool read_some();

  pid_t pid_ = -1;
  int master_ = -1;
  /// Kept open, so that the terminal can be asked how it is after the end.
  int slave_ = -1;
  termios before_{};
  std::string rest_;
};

}  // namespace instar::cli::test
