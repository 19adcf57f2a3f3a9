#include "release_handler/journal.hpp"

#include "release_handler/errors.hpp"
#include "release_handler/json_lines.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace instar::release_handler {
namespace {

constexpr std::uint64_t file_limit_bytes = 16u << 20;

std::string text(const boost::json::object& of, std::string_view key) {
  const auto* found = of.if_contains(key);
  if (found == nullptr || !found->is_string())
    return {};
  return std::string(std::string_view(found->get_string()));
}

std::size_t number(const boost::json::object& of, std::string_view key) {
  const auto* found = of.if_contains(key);
  if (found == nullptr || !found->is_int64() || found->get_int64() < 0)
    return 0;
  return static_cast<std::size_t>(found->get_int64());
}

bool flag(const boost::json::object& of, std::string_view key) {
  const auto* found = of.if_contains(key);
  return found != nullptr && found->is_bool() && found->get_bool();
}

/// The records of a file, one after the other.
class reading {
public:
  void take(const boost::json::object& record) {
    const auto kind = text(record, "record");
    if (kind == "begin") {
      open_ = journal::unfinished{record, text(record, "id"), "begin", 0, {}};
      effects_.clear();
      batches_.clear();
      hop_ = 0;
    } else if (!open_) {
      return;
    } else if (kind == "end") {
      open_.reset();
    } else if (kind == "hop") {
      hop_ = number(record, "hop");
    } else if (kind == "hop_taken_back") {
      open_->reached = kind;
      take_hop_back(number(record, "hop"));
    } else if (kind == "prepared" || kind == "restarting") {
      open_->reached = kind;
    } else if (kind == "installed") {
      open_->reached = kind;
      batches_.emplace_back(hop_, number(record, "batch"));
    } else if (kind == "taken_back") {
      open_->reached = kind;
      std::erase(batches_, std::pair(hop_, number(record, "batch")));
    } else {
      take_effect(kind, record);
    }
  }

  std::optional<journal::unfinished> finish() {
    if (!open_)
      return std::nullopt;
    open_->about.erase("record");
    open_->about.erase("id");
    open_->batches = batches_.size();
    for (auto& one : effects_) {
      if (!one.is_left)
        continue;
      auto& to = one.lasts ? open_->effects : open_->ended_effects;
      to.push_back(std::move(one.left));
    }
    return std::move(open_);
  }

private:
  struct effect {
    std::size_t hop;
    std::size_t number;
    bool lasts;
    bool is_left;
    journal::effect_left left;
  };

  void take_effect(std::string_view kind, const boost::json::object& record) {
    const auto which = number(record, "effect");
    if (kind == "doing") {
      effects_.push_back({hop_,
                          which,
                          flag(record, "lasts"),
                          true,
                          {text(record, "what"), text(record, "undo"), false}});
      return;
    }
    for (auto& one : effects_) {
      if (one.number != which)
        continue;
      if (kind == "done")
        one.left.is_done = true;
      if (kind == "failed" || kind == "undone")
        one.is_left = false;
    }
  }

  void take_hop_back(std::size_t hop) {
    std::erase_if(effects_, [&](const auto& one) { return one.hop == hop; });
    std::erase_if(batches_, [&](const auto& one) { return one.first == hop; });
  }

  std::optional<journal::unfinished> open_;
  std::vector<effect> effects_;
  /// Hop and batch.
  std::vector<std::pair<std::size_t, std::size_t>> batches_;
  std::size_t hop_ = 0;
};

}  // namespace

/// Ids go on where the last journal stopped, also after a restart.
std::size_t journal::last_number() {
  if (number_ != 0)
    return number_;
  const auto bytes = files_.read(file_, file_limit_bytes);
  if (!bytes)
    return 0;
  for (const auto& record : read_json_lines(*bytes)) {
    const auto id = text(record, "id");
    const auto slash = id.rfind('/');
    if (slash == std::string::npos)
      continue;
    std::from_chars(id.data() + slash + 1, id.data() + id.size(), number_);
  }
  return number_;
}

failure journal::no_journal(const failure& why) const {
  return {errc::journal_failed,
          fmt::format("the journal cannot be written, without which a crash "
                      "could not be told: {}",
                      why.message())};
}

// ---- writing ----------------------------------------------------------------------

result<> journal::begin(boost::json::object about) {
  is_open_ = false;
  effects_ = 0;
  is_cut_ = false;
  number_ = last_number() + 1;
  id_ = fmt::format("{}/{}", text(about, "at"), number_);
  boost::json::object record{{"record", "begin"}, {"id", id_}};
  for (auto& [key, item] : about)
    record.insert_or_assign(key, std::move(item));
  const auto folder = file_.parent_path();
  const bool is_first = files_.kind(file_) == file_kind::missing;
  const auto begun = [&]() -> result<> {
    INSTAR_TRY(files_.make_folders(folder));
    INSTAR_TRY(
        replace_file(files_, file_, boost::json::serialize(record) + '\n'));
    if (is_first)
      INSTAR_TRY(files_.sync(folder.parent_path()));
    return {};
  }();
  if (!begun) {
    // It may have its name already; an operation that does not take place must
    // not be found by the next start.
    static_cast<void>(files_.remove(path(file_.string() + ".new")));
    static_cast<void>(files_.remove(file_));
    static_cast<void>(files_.sync(folder));
    return no_journal(begun.error());
  }
  is_open_ = true;
  return {};
}

result<> journal::write(boost::json::object record) {
  std::string line;
  if (is_cut_)
    line += '\n';
  line += boost::json::serialize(record);
  line += '\n';
  is_cut_ = true;
  if (auto written = files_.append(file_, line); !written)
    return no_journal(written.error());
  is_cut_ = false;
  if (auto synced = files_.sync(file_); !synced)
    return no_journal(synced.error());
  return {};
}

result<> journal::write_batch(const char* record, std::size_t batch) {
  return write({{"record", record}, {"batch", batch}});
}

result<> journal::write_effect(const char* record, std::size_t effect) {
  return write({{"record", record}, {"effect", effect}});
}

result<> journal::hop(std::size_t number, std::string_view from,
                      std::string_view to) {
  return write(
      {{"record", "hop"}, {"hop", number}, {"from", from}, {"to", to}});
}

result<> journal::hop_taken_back(std::size_t number) {
  return write({{"record", "hop_taken_back"}, {"hop", number}});
}

result<> journal::prepared(std::size_t batch) {
  return write_batch("prepared", batch);
}

result<> journal::installed(std::size_t batch) {
  return write_batch("installed", batch);
}

result<> journal::taken_back(std::size_t batch) {
  return write_batch("taken_back", batch);
}

result<> journal::restarting() {
  return write({{"record", "restarting"}});
}

result<std::size_t> journal::doing(std::string_view what, bool lasts,
                                   std::string_view undo) {
  const auto number = ++effects_;
  boost::json::object record{{"record", "doing"},
                             {"effect", number},
                             {"what", what},
                             {"lasts", lasts}};
  if (!undo.empty())
    record["undo"] = undo;
  INSTAR_TRY(write(std::move(record)));
  return number;
}

result<> journal::done(std::size_t effect) {
  return write_effect("done", effect);
}

result<> journal::failed(std::size_t effect) {
  return write_effect("failed", effect);
}

result<> journal::undone(std::size_t effect) {
  return write_effect("undone", effect);
}

result<> journal::end(std::string_view outcome) {
  is_open_ = false;
  return write({{"record", "end"}, {"outcome", outcome}});
}

// ---- after a crash ----------------------------------------------------------------

result<std::optional<journal::unfinished>> journal::find_unfinished() {
  if (files_.kind(file_) == file_kind::missing)
    return std::optional<unfinished>();
  INSTAR_TRY_ASSIGN(const auto bytes, files_.read(file_, file_limit_bytes));
  reading records;
  for (const auto& record : read_json_lines(bytes))
    records.take(record);
  return records.finish();
}

result<> journal::close_unfinished() {
  INSTAR_TRY_ASSIGN(const auto bytes, files_.read(file_, file_limit_bytes));
  is_cut_ = !bytes.empty() && bytes.back() != '\n';
  return end("interrupted");
}

result<bool> journal::resume(const std::string& id) {
  INSTAR_TRY_ASSIGN(const auto left, find_unfinished());
  if (!left || left->id != id)
    return false;
  INSTAR_TRY_ASSIGN(const auto bytes, files_.read(file_, file_limit_bytes));
  is_cut_ = !bytes.empty() && bytes.back() != '\n';
  id_ = id;
  effects_ = 0;
  for (const auto& record : read_json_lines(bytes))
    effects_ = std::max(effects_, number(record, "effect"));
  is_open_ = true;
  return true;
}

}  // namespace instar::release_handler
