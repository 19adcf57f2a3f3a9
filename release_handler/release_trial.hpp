// A release on probation, as the release handler keeps it. Private to it.
#pragma once

#include "release_handler/probation.hpp"
#include "release_handler/release_handler.hpp"

#include <optional>
#include <string>
#include <vector>

namespace instar::release_handler {

/// Under operation_mutex_, but for what never changes.
struct release_handler::trial {
  trial(std::string release, std::string before, std::string who,
        std::string begin, const appup::release_spec& spec,
        probation_setting setting)
      : vsn(std::move(release)),
        from(std::move(before)),
        by(std::move(who)),
        since(std::move(begin)),
        then(spec.probation->then),
        on_rollback_failure(spec.on_rollback_failure),
        watch(std::move(setting)) {}

  const std::string vsn;
  const std::string from;
  const std::string by;
  const std::string since;
  const appup::probation_end then;
  const appup::rollback_failure on_rollback_failure;
  probation watch;

  bool is_over = false;
  /// Applications that have ended by themselves, and whose end is the node's where
  /// the release is not taken back.
  std::vector<application_end> ended;
  /// Where it has failed: how the way back went.
  std::optional<install_report> rollback;
};

}  // namespace instar::release_handler
