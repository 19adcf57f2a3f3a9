// The applies of a script whose batches a restart of the node makes needless: done
// one after the other, all or none.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "release_handler/journal.hpp"
#include "release_handler/plan.hpp"

#include <chrono>
#include <cstddef>
#include <vector>

namespace instar {
class runtime;
}

namespace instar::release_handler {

/// For one of them.
inline constexpr std::chrono::seconds apply_patience{60};

/// Not from a worker.
class applies {
public:
  /// All must outlive this; what `records` gets, a start after a crash can tell.
  applies(runtime& node, const std::vector<effect>& all, journal& records)
      : node_(node), all_(all), records_(records) {}

  /// Where one fails, those before it are taken back. Errors: effect_failed,
  /// journal_failed.
  result<> run();
  /// Of those that were done, the newest first: each that has an undo. Goes on
  /// where one fails. Errors: effect_failed, the first.
  result<> take_back();

private:
  result<> run(const effect& one);

  runtime& node_;
  const std::vector<effect>& all_;
  journal& records_;
  /// Their numbers in the journal.
  std::vector<std::size_t> done_;
};

}  // namespace instar::release_handler
