#include "cli/table.hpp"

#include "cli/text.hpp"

#include <algorithm>

namespace instar::cli {
namespace {

constexpr std::size_t gap = 2;

const value* find(const value& row, std::string_view key) {
  const auto* fields = row.if_object();
  return fields == nullptr ? nullptr
                           : fields->if_contains({key.data(), key.size()});
}

/// The cells of one column, the title first, all of one width.
std::vector<std::string> cells_of(const column& of,
                                  const boost::json::array& rows) {
  std::vector<std::string> cells{std::string(of.title)};
  bool numbers = !rows.empty();
  for (const auto& row : rows) {
    const auto* content = find(row, of.key);
    const bool empty = content == nullptr || content->is_null();
    numbers = numbers && (empty || content->is_number());
    cells.push_back(empty ? "-" : to_text(*content));
  }
  std::size_t widest = 0;
  for (const auto& cell : cells)
    widest = std::max(widest, width(cell));
  for (auto& cell : cells) {
    cell.insert(numbers ? 0 : cell.size(), widest - width(cell), ' ');
  }
  return cells;
}

}  // namespace

std::string table(const std::vector<column>& columns,
                  const boost::json::array& rows) {
  std::vector<std::string> lines(rows.size() + 1);
  for (const auto& one : columns) {
    const bool used =
        rows.empty() ||
        std::any_of(rows.begin(), rows.end(), [&](const value& row) {
          const auto* content = find(row, one.key);
          return content != nullptr && !content->is_null();
        });
    if (!used)
      continue;
    const auto cells = cells_of(one, rows);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (!lines[i].empty())
        lines[i].append(gap, ' ');
      lines[i] += cells[i];
    }
  }
  std::string text;
  for (auto& line : lines) {
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string table(const std::vector<column>& columns,
                  const boost::json::object& body, std::string_view key) {
  const auto* found = body.if_contains({key.data(), key.size()});
  const auto* rows = found == nullptr ? nullptr : found->if_array();
  return table(columns, rows == nullptr ? boost::json::array() : *rows);
}

std::string lines_of(
    const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::size_t widest = 0;
  for (const auto& [name, text] : pairs)
    widest = std::max(widest, width(name));
  std::string lines;
  for (const auto& [name, text] : pairs) {
    lines += name + std::string(widest - width(name) + gap, ' ') + text + '\n';
  }
  return lines;
}

}  // namespace instar::cli
