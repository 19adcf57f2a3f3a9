#include "release_handler/history.hpp"

#include "release_handler/json_lines.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/chrono.h>

#include <utility>

namespace instar::release_handler {
namespace {

constexpr std::uint64_t file_limit_bytes = 256u << 20;

}  // namespace

std::string to_text(std::chrono::system_clock::time_point date) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(date)));
}

result<> history::add(boost::json::object entry,
                      std::chrono::system_clock::time_point date) {
  entry["at"] = to_text(date);
  const auto folder = file_.parent_path();
  INSTAR_TRY(files_.make_folders(folder));
  const bool is_new = files_.kind(file_) == file_kind::missing;
  INSTAR_TRY_ASSIGN(const bool begins, begins_line());
  has_added_ = false;
  std::string line;
  if (!begins)
    line += '\n';
  line += boost::json::serialize(entry);
  line += '\n';
  INSTAR_TRY(files_.append(file_, line));
  INSTAR_TRY(files_.sync(file_));
  has_added_ = true;
  if (is_new) {
    INSTAR_TRY(files_.sync(folder));
    INSTAR_TRY(files_.sync(folder.parent_path()));
  }
  return {};
}

/// False where a crash cut off the last line: the next one must not join it.
result<bool> history::begins_line() {
  if (has_added_ || files_.kind(file_) == file_kind::missing)
    return true;
  INSTAR_TRY_ASSIGN(const auto bytes, files_.read(file_, file_limit_bytes));
  return bytes.empty() || bytes.back() == '\n';
}

std::vector<value> history::all() {
  std::vector<value> found;
  const auto bytes = files_.read(file_, file_limit_bytes);
  if (!bytes)
    return found;
  for (auto& entry : read_json_lines(*bytes))
    found.emplace_back(std::move(entry));
  if (found.size() > answer_limit) {
    found.erase(found.begin(), found.end() - answer_limit);
  }
  return found;
}

}  // namespace instar::release_handler
