#include "release_handler/process_list.hpp"

#include "runtime/blockers.hpp"
#include "runtime/errors.hpp"
#include "runtime/process.hpp"
#include "runtime/sys.hpp"

#include <optional>
#include <string_view>

namespace instar::release_handler {
namespace {

/// Nothing where it has ended.
std::optional<process_row> look_from_outside(runtime& node, pid who) {
  const auto* process = node.table().find_alive(who);
  if (process == nullptr)
    return std::nullopt;
  process_row row;
  row.process = who;
  row.mailbox = process->mailbox_length();
  auto seen = look_at(node, who);
  if (seen.module.empty())
    return std::nullopt;
  row.name = std::move(seen.name);
  row.module = std::move(seen.module);
  row.waiting_for = seen.waiting_for;
  return row;
}

/// The same without names and whom it waits for, which cost a lock.
std::optional<process_row> glance(runtime& node, pid who) {
  const auto* process = node.table().find_alive(who);
  if (process == nullptr)
    return std::nullopt;
  process_row row;
  row.process = who;
  row.mailbox = process->mailbox_length();
  return row;
}

value text_or_null(const std::string& text) {
  return text.empty() ? value() : value(text);
}

std::string text_at(const boost::json::object& of, std::string_view key) {
  const auto* found = of.if_contains(key);
  return found != nullptr && found->is_string()
             ? std::string(found->get_string())
             : std::string();
}

std::vector<pid> pids_of(std::span<const process_row> rows) {
  std::vector<pid> all;
  all.reserve(rows.size());
  for (const auto& row : rows)
    all.push_back(row.process);
  return all;
}

bool has_ended(const boost::json::object& status) {
  return text_at(status, "status") == failure(instar::errc::noproc).tag();
}

/// What they say is not kept, but what they are chosen and sorted by.
void ask_all(runtime& node, std::span<process_row> rows) {
  const auto said = status_rows(node, pids_of(rows));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].behaviour = text_at(said[i], "behaviour");
    rows[i].vsn = text_at(said[i], "vsn");
    rows[i].status = text_at(said[i], "status");
  }
}

/// Those that come first so far, so that a million are not kept for twenty.
class chosen_rows {
public:
  explicit chosen_rows(const process_query& query) : query_(query) {}

  void add(process_row row) {
    if (!fits(query_, row))
      return;
    ++matching_;
    rows_.push_back(std::move(row));
    if (rows_.size() >= 2 * query_.limit + least_kept)
      sort_and_cut(query_, rows_);
  }
  std::size_t matching() const { return matching_; }
  std::vector<process_row> take() {
    sort_and_cut(query_, rows_);
    return std::move(rows_);
  }

private:
  static constexpr std::size_t least_kept = 4096;
  const process_query& query_;
  std::vector<process_row> rows_;
  std::size_t matching_ = 0;
};

/// As the list was sorted and chosen, whatever it has become since.
void lay_over(boost::json::object& shown, const process_row& row,
              bool was_asked) {
  shown["mailbox"] = row.mailbox;
  if (!was_asked)
    return;
  shown["status"] = row.status;
  if (shown.contains("behaviour"))
    shown["behaviour"] = text_or_null(row.behaviour);
  if (shown.contains("vsn"))
    shown["vsn"] = text_or_null(row.vsn);
}

}  // namespace

std::vector<boost::json::object> status_rows(runtime& node,
                                             std::span<const pid> processes) {
  std::vector<boost::json::object> rows;
  rows.reserve(processes.size());
  auto answers = sys::summaries(node, processes, view_patience);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    auto& answer = answers[i];
    if (answer) {
      rows.push_back(std::move(answer->as_object()));
      continue;
    }
    boost::json::object row{{"pid", to_string(processes[i])}};
    if (const auto seen = look_from_outside(node, processes[i])) {
      row["name"] = text_or_null(seen->name);
      row["module"] = seen->module;
      row["mailbox"] = seen->mailbox;
      row["waiting_for"] =
          seen->waiting_for ? value(to_string(seen->waiting_for)) : value();
    }
    row["status"] = answer.error().tag();
    rows.push_back(std::move(row));
  }
  return rows;
}

value list_processes(runtime& node, const process_query& query) {
  chosen_rows chosen(query);
  std::vector<process_row> part;
  std::size_t total = 0;
  const auto take = [&] {
    if (query.asks_all())
      ask_all(node, part);
    for (auto& row : part)
      chosen.add(std::move(row));
    part.clear();
  };
  for (const auto& who : node.table().all()) {
    auto row =
        query.sees_names() ? look_from_outside(node, who) : glance(node, who);
    if (!row)
      continue;
    ++total;
    if (!fits_outside(query, *row))
      continue;
    part.push_back(std::move(*row));
    if (part.size() == sys::summaries_at_once)
      take();
  }
  take();
  const auto rows = chosen.take();
  boost::json::array shown;
  auto said = status_rows(node, pids_of(rows));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (has_ended(said[i]))
      continue;
    lay_over(said[i], rows[i], query.asks_all());
    shown.emplace_back(std::move(said[i]));
  }
  return boost::json::object{{"processes", std::move(shown)},
                             {"matching", chosen.matching()},
                             {"total", total}};
}

}  // namespace instar::release_handler
