// An application's resource file, app.yaml, as data. As OTP's .app.
#pragma once

#include "base/value.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <vector>

namespace instar::appup {

/// The module whose start callback starts the application.
struct app_mod {
  std::string module;
  value args;

  friend bool operator==(const app_mod&, const app_mod&) = default;
};

struct start_phase {
  std::string name;
  value args;

  friend bool operator==(const start_phase&, const start_phase&) = default;
};

/// One application of one version, without positions.
struct app_spec {
  std::string application;
  std::string vsn;
  std::string description;
  std::vector<std::string> modules;
  std::vector<std::string> registered;
  /// Started before this one. Those also in `optional_applications` may be
  /// absent from a release.
  std::vector<std::string> applications;
  std::vector<std::string> optional_applications;
  std::vector<std::string> included_applications;
  std::vector<std::string> shared_libraries;
  std::vector<start_phase> start_phases;
  /// Absent: a library application.
  std::optional<app_mod> mod;
  boost::json::object env;

  friend bool operator==(const app_spec&, const app_spec&) = default;
};

}  // namespace instar::appup
