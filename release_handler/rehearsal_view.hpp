// A rehearsal as programs read it, and what it says to an installation.
#pragma once

#include "base/result.hpp"
#include "base/value.hpp"
#include "release_handler/pause_forecast.hpp"
#include "runtime/rehearsal.hpp"

#include <cstddef>

namespace instar::release_handler {

value to_json(const rehearsal_report& of);

/// code_change_failed, with how many and the first of them. For one that is not ok.
failure why_refused(const rehearsal_report& of);

/// Those that an upgrade would convert behind the gate: of a conversion with
/// effects all, else whoever was busy.
conversions_in_pause in_pause(const rehearsal_report& of, std::size_t at_once);

}  // namespace instar::release_handler
