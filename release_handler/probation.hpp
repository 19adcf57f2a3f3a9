// A release on probation: watched after its installation for crashes, supervisors
// that give up, and its own health check. It decides; who made it acts.
#pragma once

#include "appup/release.hpp"
#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"
#include "runtime/runtime.hpp"

#include <atomic>
#include <mutex>
#include <set>
#include <string>

namespace instar::release_handler {

struct probation_setting {
  runtime& node;
  appup::probation_spec rules;
  /// Whose crashes count: those of the installation; empty: all.
  std::set<std::string> modules;
  /// The node's folder: where a health command runs.
  path root;
};

class probation {
public:
  enum class verdict {
    passed,
    failed,  ///< why() says why
    ended,   ///< end() was called
  };

  /// Begins now. What happened in as long a time before is what crashes are
  /// compared with.
  explicit probation(probation_setting setting);

  /// Returns when it is decided. Not from a worker; once.
  verdict watch();
  /// Ends it undecided. Any thread. False where it is decided.
  bool end();
  /// Decides that it has failed. Any thread. False where it is decided.
  bool fail(std::string why);
  /// The same where an application has ended, unless there is a better reason: its
  /// supervisor gave up. Any thread.
  void application_ended(const std::string& why);

  /// After watch() has said `failed`.
  std::string why() const;
  std::chrono::seconds length() const { return with_.rules.seconds; }

private:
  bool decide(verdict to, std::string why = {});
  bool is_decided() const;
  void look_at_crashes();
  void ask_health();

  probation_setting with_;
  const steady_time began_;
  const std::size_t crashes_before_;
  mutable std::mutex mutex_;
  bool decided_ = false;
  verdict verdict_ = verdict::passed;
  std::string why_;
};

}  // namespace instar::release_handler
