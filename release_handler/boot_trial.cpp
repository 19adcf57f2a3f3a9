#include "release_handler/boot_trial.hpp"

#include <fmt/format.h>

#include <utility>

namespace instar::release_handler {

boot_trial::boot_trial(file_system& files, path root, boot_record of,
                       std::chrono::seconds limit,
                       std::function<void()> out_of_time)
    : files_(files),
      root_(std::move(root)),
      record_(std::move(of)),
      limit_(limit),
      out_of_time_(std::move(out_of_time)) {}

result<std::unique_ptr<boot_trial>> boot_trial::begin(
    file_system& files, const path& root, boot_record of,
    std::chrono::seconds limit, std::function<void()> out_of_time) {
  of.now = boot_record::state::trying;
  INSTAR_TRY(write_boot_record(files, root, of));
  auto made = std::unique_ptr<boot_trial>(new boot_trial(
      files, root, std::move(of), limit, std::move(out_of_time)));
  made->thread_ = std::thread([trial = made.get()] { trial->wait(); });
  return made;
}

boot_trial::~boot_trial() {
  {
    const std::lock_guard lock(mutex_);
    is_ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void boot_trial::wait() {
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit_,
                      [&] { return is_ended_ || is_decided_.load(); });
    if (is_ended_)
      return;
  }
  if (fail(fmt::format("it was not up within {} s (boot_timeout)",
                       limit_.count())))
    out_of_time_();
}

bool boot_trial::pass() {
  const std::lock_guard lock(mutex_);
  if (is_decided_.exchange(true))
    return false;
  changed_.notify_all();
  return true;
}

bool boot_trial::fail(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (is_decided_.exchange(true))
    return false;
  auto failed = record_;
  failed.now = boot_record::state::failed;
  failed.why = why;
  // Where it cannot be written it stays `trying`, which is a failure as well.
  static_cast<void>(write_boot_record(files_, root_, failed));
  changed_.notify_all();
  return true;
}

}  // namespace instar::release_handler
