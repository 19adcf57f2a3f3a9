// The one operation of a release handler that changes something. Private to it.
#pragma once

#include "release_handler/release_handler.hpp"
#include "release_handler/release_trial.hpp"

#include <string>
#include <utility>

namespace instar::release_handler {

/// The one operation that changes something, for as long as it lives.
class release_handler::operation {
public:
  /// Whether it may begin while a release is on probation.
  enum class on_probation { allowed, refused };

  operation(release_handler& owner, std::string what, const requester& by,
            on_probation rule = on_probation::allowed,
            bool is_cancellable = false)
      : owner_(owner) {
    const std::lock_guard lock(owner_.operation_mutex_);
    if (!owner_.operation_.empty() || !owner_.held_.empty() ||
        (rule == on_probation::refused && owner_.trial_ != nullptr)) {
      return;
    }
    owner_.operation_ = std::move(what);
    owner_.operation_by_ = by.who;
    owner_.operation_since_ = to_text(owner_.time_.date());
    owner_.is_cancelled_.store(false);
    owner_.is_cancellable_ = is_cancellable;
    is_ours_ = true;
  }
  operation(const operation&) = delete;
  operation& operator=(const operation&) = delete;
  ~operation() {
    if (!is_ours_)
      return;
    const std::lock_guard lock(owner_.operation_mutex_);
    owner_.operation_.clear();
  }
  explicit operator bool() const { return is_ours_; }

private:
  release_handler& owner_;
  bool is_ours_ = false;
};

}  // namespace instar::release_handler
