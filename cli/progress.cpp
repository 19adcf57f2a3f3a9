#include "cli/progress.hpp"

#include "cli/text.hpp"

#include <fmt/format.h>

namespace instar::cli {

void progress::event(const boost::json::object& one) {
  const auto kind = field(one, "event");
  if (kind == "phase") {
    phase(one);
  } else if (kind == "hop") {
    finish();
    const auto* undo = one.if_contains("undo");
    const bool is_back = undo != nullptr && undo->is_bool() && undo->get_bool();
    write_(fmt::format("hop {} of {}: {}{} -> {}\n", number(one, "hop"),
                       number(one, "of"), is_back ? "back " : "",
                       field(one, "from"), field(one, "to")));
  } else if (kind == "log") {
    finish();
    write_("            " + field(one, "text") + '\n');
  }
}

void progress::phase(const boost::json::object& one) {
  auto text = field(one, "phase");
  if (number(one, "of") > 1) {
    text += fmt::format(" (batch {} of {})", number(one, "batch"),
                        number(one, "of"));
  }
  const bool is_same = text == shown_;
  if (is_same && !is_terminal_)
    return;
  if (!is_same)
    finish();
  shown_ = text;
  if (number(one, "total") > 0)
    text += fmt::format(" {}/{}", number(one, "done"), number(one, "total"));
  const auto line = fmt::format(
      "{:>7.1f} ms  {}", static_cast<double>(number(one, "at_us")) / 1e3, text);
  if (is_terminal_) {
    write_("\r\x1b[K" + line);
    line_is_open_ = true;
  } else {
    write_(line + '\n');
  }
}

void progress::finish() {
  if (line_is_open_)
    write_("\n");
  line_is_open_ = false;
  shown_.clear();
}

}  // namespace instar::cli
