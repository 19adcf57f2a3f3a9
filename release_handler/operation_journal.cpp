// Journal and history of the release handler's operations.
#include "release_handler/interruption.hpp"
#include "release_handler/release_handler.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace instar::release_handler {

result<> release_handler::recover() {
  if (boot_ && boot_->now == boot_record::state::trying) {
    // It goes on with finish_boot().
    INSTAR_TRY_ASSIGN(const auto is_ours, journal_.resume(boot_->id));
    if (is_ours) {
      is_unrecovered_ = false;
      return {};
    }
  }
  const bool has_failed = boot_ && boot_->now == boot_record::state::failed;
  auto noted =
      has_failed
          ? note_fallen_back(journal_, history_, store_, *boot_, time_.date())
          : note_interrupted(journal_, history_, store_, time_.date());
  INSTAR_TRY_ASSIGN(const auto entry, std::move(noted));
  if (has_failed) {
    INSTAR_TRY(remove_boot_record(files_, store_.root()));
    boot_.reset();
  }
  is_unrecovered_ = false;
  if (entry)
    node_.log(has_failed ? log_level::error : log_level::warning,
              describe_interrupted(*entry));
  return {};
}

/// Before anything is touched; end_journal() must follow.
result<> release_handler::begin_journal(const char* what,
                                        const std::string& from,
                                        const std::string& to,
                                        const requester& by,
                                        boost::json::object more) {
  const std::lock_guard lock(store_mutex_);
  if (is_unrecovered_)
    INSTAR_TRY(recover());
  more["operation"] = what;
  more["by"] = by.who;
  more["at"] = to_text(time_.date());
  if (!from.empty())
    more["from"] = from;
  more["to"] = to;
  auto event = more;
  INSTAR_TRY(journal_.begin(std::move(more)));
  event["event"] = "begin";
  events_.publish(event);
  return {};
}

/// The outcome goes to the history, then the journal is closed: a crash between
/// the two adds no second entry.
void release_handler::end_journal(boost::json::object entry) {
  const std::lock_guard lock(store_mutex_);
  const auto log = [&](const result<>& written) {
    if (!written)
      node_.log(log_level::error, written.error().message());
  };
  std::string outcome = "done";
  if (const auto* said = entry.if_contains("outcome"))
    outcome = std::string_view(said->as_string());
  const bool is_open = journal_.is_open();
  if (is_open)
    entry["id"] = journal_.id();
  auto event = entry;
  event["event"] = "end";
  event["at"] = to_text(time_.date());
  events_.publish(event);
  log(history_.add(std::move(entry), time_.date()));
  if (is_open)
    log(journal_.end(outcome));
}

void release_handler::record(const char* what, const install_report& report,
                             const requester& by) {
  auto entry = to_json(report).as_object();
  entry["operation"] = what;
  entry["by"] = by.who;
  end_journal(std::move(entry));
}

}  // namespace instar::release_handler
