// A node's numbers in Prometheus's text format, version 0.0.4.
#pragma once

#include "base/value.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace instar::release_handler {

/// Counts installations since the node's start. Any thread.
class install_counters {
public:
  /// An event of the hub; others than the end of an installation do not count.
  void note(const value& event);

  /// The bounds of the pause's buckets, in seconds; after the last +Inf.
  static constexpr std::array<double, 11> bounds = {
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5};
  struct numbers {
    /// By operation and outcome.
    std::map<std::pair<std::string, std::string>, std::uint64_t> installs;
    /// Not cumulative; the last is over all bounds.
    std::array<std::uint64_t, bounds.size() + 1> pauses{};
    double pause_sum = 0;
  };
  numbers now() const;

private:
  mutable std::mutex mutex_;
  numbers numbers_;
};

/// Writes the text format: a family's head, then its samples. One thread.
class exposition {
public:
  using labels = std::vector<std::pair<std::string_view, std::string>>;

  /// `type`: counter, gauge, histogram or summary.
  void family(std::string_view name, std::string_view type,
              std::string_view help);
  void sample(std::string_view name, const labels& with, double number);
  std::string take() { return std::move(text_); }

private:
  std::string text_;
};

/// The families of install_counters.
void write_installs(exposition& to, const install_counters::numbers& from);
/// A summary of `lengths`, in any order.
void write_mailboxes(exposition& to, std::vector<std::uint64_t> lengths);

}  // namespace instar::release_handler
