#include "appup/proposal_notes.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

namespace instar::appup {
namespace {

using names = std::vector<std::string>;

names without(const names& all, const names& those) {
  names rest;
  for (const auto& one : all) {
    if (std::find(those.begin(), those.end(), one) == those.end())
      rest.push_back(one);
  }
  return rest;
}

class comparison {
public:
  comparison(const app_spec& older, const app_spec& newer)
      : older_(older), newer_(newer) {}

  std::vector<std::string> all() {
    compare(older_.registered, newer_.registered, "registered",
            "an upgrade registers nothing: the process that has the name must "
            "be started");
    compare(older_.applications, newer_.applications, "applications",
            "the release has to have them; new ones are started before");
    compare(older_.included_applications, newer_.included_applications,
            "included_applications", "the release has to have them");
    compare(older_.shared_libraries, newer_.shared_libraries,
            "shared_libraries",
            "one that is mapped already stays until the node restarts");
    if (older_.mod != newer_.mod) {
      notes_.emplace_back(
          "mod differs: start is not called in an upgrade, so it counts from "
          "the next start of the node on");
    }
    if (older_.start_phases != newer_.start_phases)
      notes_.emplace_back("start_phases differ: they count at a start");
    compare_env();
    return std::move(notes_);
  }

private:
  void compare(const names& older, const names& newer, std::string_view key,
               std::string_view what) {
    const auto added = without(newer, older);
    const auto gone = without(older, newer);
    if (added.empty() && gone.empty())
      return;
    std::string changes;
    if (!added.empty())
      changes = fmt::format("{} new", fmt::join(added, ", "));
    if (!gone.empty()) {
      changes += fmt::format("{}{} gone", changes.empty() ? "" : "; ",
                             fmt::join(gone, ", "));
    }
    notes_.push_back(fmt::format("{}: {}: {}", key, changes, what));
  }

  void compare_env() {
    names changes;
    for (const auto& [key, now] : newer_.env) {
      const auto* was = older_.env.if_contains(key);
      if (was == nullptr) {
        changes.push_back(fmt::format("{} is new", std::string(key)));
      } else if (*was != now) {
        changes.push_back(fmt::format("{} was {} and is {}", std::string(key),
                                      boost::json::serialize(*was),
                                      boost::json::serialize(now)));
      }
    }
    for (const auto& [key, was] : older_.env) {
      if (!newer_.env.contains(key))
        changes.push_back(fmt::format("{} is gone", std::string(key)));
    }
    if (changes.empty())
      return;
    notes_.push_back(fmt::format(
        "env: {}: it counts from the commit on; what a process has read from "
        "it before stays in its state",
        fmt::join(changes, ", ")));
  }

  const app_spec& older_;
  const app_spec& newer_;
  std::vector<std::string> notes_;
};

}  // namespace

std::vector<std::string> notes_of_changes(const app_spec& older,
                                          const app_spec& newer) {
  return comparison(older, newer).all();
}

}  // namespace instar::appup
