#include "cli/password.hpp"

#include "base/file_system.hpp"
#include "cli/errors.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>

namespace instar::cli {
namespace {

constexpr std::uint64_t longest_bytes = 4096;

/// The terminal of whoever runs the command, with what is typed not shown.
class hidden_input {
public:
  hidden_input() : file_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (file_ < 0 || ::tcgetattr(file_, &before_) != 0)
      return;
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    is_hidden_ = ::tcsetattr(file_, TCSAFLUSH, &hidden) == 0;
  }
  hidden_input(const hidden_input&) = delete;
  hidden_input& operator=(const hidden_input&) = delete;
  ~hidden_input() {
    if (is_hidden_)
      ::tcsetattr(file_, TCSAFLUSH, &before_);
    if (file_ >= 0)
      ::close(file_);
  }

  std::optional<std::string> ask(const std::string& question) const {
    if (!is_hidden_ || !show(question))
      return std::nullopt;
    std::string line;
    char one = 0;
    while (line.size() < longest_bytes && ::read(file_, &one, 1) == 1 &&
           one != '\n')
      line += one;
    show("\n");
    return line;
  }

private:
  bool show(const std::string& text) const {
    return ::write(file_, text.data(), text.size()) ==
           static_cast<ssize_t>(text.size());
  }

  int file_;
  termios before_{};
  bool is_hidden_ = false;
};

}  // namespace

result<std::string> read_password(const std::string& file,
                                  const std::string& question, bool is_new) {
  if (!file.empty()) {
    real_file_system files;
    INSTAR_TRY_ASSIGN(const auto text, files.read(file, longest_bytes));
    return text.substr(0, text.find_first_of("\r\n"));
  }
  if (const char* given = std::getenv(password_variable))
    return std::string(given);
  const hidden_input terminal;
  auto typed = terminal.ask(question + ": ");
  if (!typed) {
    return failure(errc::no_password,
                   "the key has a password, and there is no terminal to ask "
                   "for it: --password-file, or " +
                       std::string(password_variable));
  }
  if (is_new && terminal.ask(question + ", once more: ") != typed)
    return failure(errc::no_password, "the two passwords differ");
  return std::move(*typed);
}

}  // namespace instar::cli
