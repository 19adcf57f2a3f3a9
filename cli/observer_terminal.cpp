#include "cli/observer_terminal.hpp"

#include "cli/errors.hpp"
#include "cli/text.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

// Its macros (move, erase, timeout) would replace names of the standard library.
#define NCURSES_NOMACROS
#include <ncurses.h>

namespace instar::cli {
namespace {

/// How long a lone Escape is waited for to become another key.
constexpr int escape_delay_ms = 25;

attr_t attributes_of(line_look look) {
  switch (look) {
    case line_look::title:
      return A_REVERSE;
    case line_look::heading:
      return A_BOLD;
    case line_look::alarm:
      return A_BOLD | A_REVERSE;
    case line_look::faint:
      return A_DIM;
    case line_look::plain:
      break;
  }
  return A_NORMAL;
}

std::optional<key_press> key_of(int code) {
  switch (code) {
    case KEY_UP:
      return key_press{key_press::up};
    case KEY_DOWN:
      return key_press{key_press::down};
    case KEY_PPAGE:
      return key_press{key_press::page_up};
    case KEY_NPAGE:
      return key_press{key_press::page_down};
    case KEY_HOME:
      return key_press{key_press::home};
    case KEY_END:
      return key_press{key_press::end};
    case '\t':
      return key_press{key_press::tab};
    case KEY_BTAB:
      return key_press{key_press::back_tab};
    case '\n':
    case '\r':
    case KEY_ENTER:
      return key_press{key_press::enter};
    case '\x1b':
      return key_press{key_press::escape};
    case '\b':
    case '\x7f':
    case KEY_BACKSPACE:
      return key_press{key_press::backspace};
    default:
      break;
  }
  if (code < ' ' || code > 0xff)
    return std::nullopt;
  return key_press{key_press::character, static_cast<char>(code)};
}

}  // namespace

result<std::unique_ptr<observer_terminal>> observer_terminal::open() {
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1) {
    return failure(errc::not_a_terminal,
                   "the observer needs a terminal; --once prints one view "
                   "without");
  }
  const char* kind = std::getenv("TERM");
  auto* screen = ::newterm(nullptr, stdout, stdin);
  if (screen == nullptr) {
    return failure(errc::not_a_terminal,
                   "the observer does not know the terminal \"" +
                       std::string(kind == nullptr ? "" : kind) +
                       "\" (TERM); --once prints one view without");
  }
  return std::unique_ptr<observer_terminal>(new observer_terminal(screen));
}

observer_terminal::observer_terminal(void* screen) : screen_(screen) {
  ::set_escdelay(escape_delay_ms);
  ::cbreak();
  ::noecho();
  ::nodelay(stdscr, true);
  ::keypad(stdscr, true);
  ::curs_set(0);
}

observer_terminal::~observer_terminal() {
  ::curs_set(1);
  ::endwin();
  ::delscreen(static_cast<SCREEN*>(screen_));
}

screen_size observer_terminal::size() const {
  return {static_cast<std::size_t>(::getmaxx(stdscr)),
          static_cast<std::size_t>(::getmaxy(stdscr))};
}

void observer_terminal::show(const frame& lines) {
  ::werase(stdscr);
  const auto room = size();
  for (std::size_t i = 0; i < lines.size() && i < room.rows; ++i) {
    auto text = lines[i].text;
    const auto look = attributes_of(lines[i].look);
    // A bar over the whole width.
    if (lines[i].look == line_look::title)
      text.append(room.columns - std::min(room.columns, width(text)), ' ');
    ::wattrset(stdscr, static_cast<int>(look));
    ::mvwaddnstr(stdscr, static_cast<int>(i), 0, text.data(),
                 static_cast<int>(text.size()));
  }
  ::wattrset(stdscr, static_cast<int>(A_NORMAL));
  ::wrefresh(stdscr);
}

std::optional<key_press> observer_terminal::next_key() {
  for (;;) {
    const int code = ::wgetch(stdscr);
    if (code == ERR)
      return std::nullopt;
    if (const auto key = key_of(code))
      return key;
  }
}

void observer_terminal::resize() {
  winsize now{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &now) == 0 && now.ws_row > 0 &&
      now.ws_col > 0)
    ::resizeterm(now.ws_row, now.ws_col);
  // What the terminal has made of the old lines is not known.
  ::clearok(stdscr, true);
}

}  // namespace instar::cli
