#include "cli/progress.hpp"

#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace instar::cli {

namespace {

constexpr std::size_t bar_cells = 24;

/// How much of a batch is behind a phase that begins, of 8 parts.
std::int64_t parts_before(std::string_view phase) {
  if (phase == "suspend")
    return 4;
  if (phase == "adopt")
    return 6;
  return 0;
}

/// `  [#####---]`; nothing for what says no batches.
std::string bar_of(const boost::json::object& one) {
  const auto batches = number(one, "of");
  const auto batch = std::clamp<std::int64_t>(number(one, "batch"), 0, batches);
  if (batches <= 0)
    return {};
  const auto parts =
      batch == 0 ? 0 : 8 * (batch - 1) + parts_before(field(one, "phase"));
  const auto full = bar_cells * static_cast<std::size_t>(parts) /
                    static_cast<std::size_t>(8 * batches);
  return fmt::format("  [{}{}]", std::string(full, '#'),
                     std::string(bar_cells - full, '-'));
}

}  // namespace

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
    const auto bar = bar_of(one);
    write_("\r\x1b[K" + line + bar);
    line_is_open_ = true;
    barless_ = bar.empty() ? "" : line;
  } else {
    write_(line + '\n');
  }
}

void progress::finish() {
  // The bar goes, and the phase stays.
  if (line_is_open_)
    write_(barless_.empty() ? "\n" : "\r\x1b[K" + barless_ + '\n');
  line_is_open_ = false;
  barless_.clear();
  shown_.clear();
}

}  // namespace instar::cli
