// The same measurements, of ours and of others: each in a process of its own, in
// turn, several times, so that a slow moment of the machine meets all of them.
#pragma once

#include "bench/measure.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace instar::bench {

/// What can be run here: `program NAME N WORKERS` prints a figure.
struct contender {
  std::string name;  // empty: ours
  /// The command line of one measurement; empty: it has no such thing.
  std::function<std::string(const std::string& name, std::size_t n,
                            std::size_t workers)>
      command;
};

/// Ours, run by `program`; OTP where erl is installed; CAF where its program was
/// built. `folder` is for what the others compile.
std::vector<contender> find_contenders(const std::string& program,
                                       const path& folder);

struct comparison {
  std::string name;
  std::size_t n;
  std::size_t workers;
  std::string unit;
  int rounds = 5;
};

/// The medians: a figure for each of the others, or one without where there is
/// none. Throws where a program does not print a figure.
std::vector<figure> compare(const comparison& what,
                            const std::vector<contender>& contenders);

/// All of them. `most`: the largest number of processes.
std::vector<comparison> all_comparisons(std::size_t most);

}  // namespace instar::bench
