// The way from one release of a node to another, as scripts. Reads; touches
// nothing.
#pragma once

#include "appup/relup.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/release_store.hpp"

#include <string>
#include <vector>

namespace instar::release_handler {

/// From one release to the next, with a script of its own.
struct hop {
  std::string from;
  std::string to;
  appup::script script;
};

/// Hops on a way at most.
inline constexpr std::size_t hop_limit = 32;

/// One thread at a time.
class way_finder {
public:
  /// Both must outlive this.
  way_finder(file_system& files, const release_store& store)
      : files_(files), store_(store) {}

  /// relup.yaml of `to` going up, else of `from` going down; where neither
  /// release has one, a script is compiled from the appups. An entry with `via`
  /// is as many hops. Not empty. Errors: no_such_release (one of via is not on
  /// this node), no_matching_relup, bad_relup_file (via leads in a circle, or the
  /// file's own), appup's.
  result<std::vector<hop>> find(const std::string& from,
                                const std::string& to) const;

private:
  result<> add(const std::string& from, const std::string& to,
               std::vector<hop>& way, std::size_t depth) const;
  result<appup::relup_entry> find_entry(const std::string& from,
                                        const std::string& to) const;
  result<appup::relup_entry> compile(const std::string& from,
                                     const std::string& to) const;

  file_system& files_;
  const release_store& store_;
};

}  // namespace instar::release_handler
