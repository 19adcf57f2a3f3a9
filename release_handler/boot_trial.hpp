// The one start that a release gets when the node was restarted in it: it is up
// within its time, or the permanent release is started instead.
#pragma once

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/boot_record.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace instar::release_handler {

/// Any thread. Decided once.
class boot_trial {
public:
  /// Writes `trying`, then begins to wait: where it is not decided after `limit`
  /// it has failed, and `out_of_time` is called on a thread of its own, whatever
  /// the others do or hang in. `files` must outlive this. Errors: the system's.
  static result<std::unique_ptr<boot_trial>> begin(
      file_system& files, const path& root, boot_record of,
      std::chrono::seconds limit, std::function<void()> out_of_time);
  /// Ends undecided: the next start takes that for a failure.
  ~boot_trial();
  boot_trial(const boot_trial&) = delete;
  boot_trial& operator=(const boot_trial&) = delete;

  /// The release is up. False: it has failed already.
  bool pass();
  /// It is not, and the record says why. False: it is decided already.
  bool fail(const std::string& why);
  bool is_decided() const { return is_decided_.load(); }
  const boot_record& record() const { return record_; }

private:
  boot_trial(file_system& files, path root, boot_record of,
             std::chrono::seconds limit, std::function<void()> out_of_time);
  void wait();

  file_system& files_;
  const path root_;
  const boot_record record_;
  const std::chrono::seconds limit_;
  const std::function<void()> out_of_time_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> is_decided_{false};
  bool is_ended_ = false;
  std::thread thread_;
};

}  // namespace instar::release_handler
