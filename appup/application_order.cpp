// Applications in dependency order. As OTP systools_make:sort_appls.
#include "appup/loaded_release.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace instar::appup {
namespace {

using edges = std::vector<std::vector<std::size_t>>;

// Used applications in the release's order, then included ones likewise.
edges dependencies(const loaded_release& release) {
  edges all(release.apps.size());
  for (std::size_t i = 0; i < release.apps.size(); ++i) {
    const auto& app = release.apps[i];
    const auto add = [&](const std::vector<std::string>& names) {
      const auto first = static_cast<std::ptrdiff_t>(all[i].size());
      for (const auto& name : names) {
        const auto found = release.by_name.find(name);
        // An optional application may be absent.
        if (found == release.by_name.end())
          continue;
        // X may include Y although Y uses X: X starts Y itself.
        const auto& its = release.apps[found->second].included();
        if (std::find(its.begin(), its.end(), app.name()) != its.end()) {
          continue;
        }
        all[i].push_back(found->second);
      }
      std::sort(all[i].begin() + first, all[i].end());
    };
    add(app.manifest->spec.applications);
    add(app.included());
  }
  return all;
}

}  // namespace

void sort_applications(loaded_release& release, diagnostics& errors) {
  enum class state : unsigned char { unseen, open, placed };
  const auto uses = dependencies(release);
  std::vector<state> states(release.apps.size(), state::unseen);
  struct visit {
    std::size_t app;
    std::size_t next;
  };
  // By hand: the depth is the manifest's, not ours.
  std::vector<visit> open;
  for (std::size_t root = 0; root < release.apps.size(); ++root) {
    if (states[root] != state::unseen)
      continue;
    states[root] = state::open;
    open.push_back({root, 0});
    while (!open.empty()) {
      auto& [app, next] = open.back();
      if (next == uses[app].size()) {
        states[app] = state::placed;
        release.dependency_order.push_back(app);
        open.pop_back();
        continue;
      }
      const auto used = uses[app][next++];
      if (states[used] == state::unseen) {
        states[used] = state::open;
        open.push_back({used, 0});
      } else if (states[used] == state::open) {
        std::string circle;
        auto at = std::find_if(open.begin(), open.end(),
                               [&](const visit& v) { return v.app == used; });
        for (; at != open.end(); ++at) {
          circle += release.apps[at->app].name() + " -> ";
        }
        report(errors, errc::circular_dependencies,
               release.apps[used].manifest->where,
               fmt::format("applications depend on each other in a "
                           "circle: {}{}",
                           circle, release.apps[used].name()));
      }
    }
  }
}

}  // namespace instar::appup
