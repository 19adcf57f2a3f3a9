// Runs the built command as a user would.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace instar::cli::test {

struct finished {
  /// -1: a signal ended it.
  int exit_code = -1;
  std::string out;
  std::string err;
};

/// A process with its output in pipes; no input, no colours, an ASCII locale.
class process {
public:
  process(const std::string& program, const std::vector<std::string>& arguments,
          const std::vector<std::string>& environment = {});
  process(const process&) = delete;
  process& operator=(const process&) = delete;
  /// Ends it, if it still runs.
  ~process();

  void send_signal(int number);
  pid_t id() const { return pid_; }
  /// Whether it has not ended yet; what it said is still there for wait().
  bool is_running() const;
  /// Up to and with `end`, of stdout; nothing more is lost for wait().
  std::string read_until(const std::string& end);
  /// The same of stderr.
  std::string read_errors_until(const std::string& end);
  finished wait();

private:
  static std::string read_until(int from, std::string& so_far,
                                const std::string& end);

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  finished so_far_;
};

/// `instar ARGUMENTS`, to its end.
finished instar(const std::vector<std::string>& arguments,
                const std::vector<std::string>& environment = {});

/// The built command.
std::string program();

}  // namespace instar::cli::test
