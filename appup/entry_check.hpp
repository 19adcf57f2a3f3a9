// The translation's checks of one entry of an appup, by itself. Private to
// appup; decides from data alone. Any thread.
#pragma once

#include "appup/appup.hpp"
#include "appup/instruction.hpp"
#include "appup/manifest.hpp"

namespace instar::appup {

/// An entry, and the versions of the application that it leads between.
struct checked_entry {
  direction way = direction::up;
  const appup_entry* entry = nullptr;
  /// The version that the appup belongs to.
  const app_manifest* app = nullptr;
  /// The other one; null: it is not known.
  const app_manifest* old = nullptr;

  /// Null: not known.
  const app_manifest* target() const {
    return way == direction::up ? app : old;
  }
  const app_manifest* source() const {
    return way == direction::up ? old : app;
  }
};

/// Syntax, balance, dep_mods, applications and modules. With errors there are
/// no warnings.
void check_entry(const checked_entry& one, diagnostics& errors,
                 diagnostics& warnings);

/// `a 2.0`, for messages.
std::string title(const app_manifest& of);

}  // namespace instar::appup
