// What an upgrade does with the differences of two app.yaml, besides the
// modules. Private to appup; decides from data alone. Any thread.
#pragma once

#include "appup/app.hpp"

#include <string>
#include <vector>

namespace instar::appup {

/// Whole lines for people, in the order of the keys.
std::vector<std::string> notes_of_changes(const app_spec& older,
                                          const app_spec& newer);

}  // namespace instar::appup
