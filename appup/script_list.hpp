// What has to be done in one direction, before it is translated: one script per
// application. Private to appup. As OTP systools_relup:create_up/downscript.
#pragma once

#include "appup/loaded_release.hpp"
#include "appup/translation.hpp"

namespace instar::appup {

struct script_request {
  direction way = direction::up;
  const loaded_release* top = nullptr;
  const loaded_release* base = nullptr;
  bool restart_emulator = false;
};

/// Sets `into`'s way, releases and scripts. Appups are borrowed from `from`.
void list_scripts(const script_request& request, library& from,
                  translation& into, diagnostics& errors,
                  diagnostics& warnings);

}  // namespace instar::appup
