// A module's description for people and programs: its state, conversions,
// messages and functions.
#pragma once

#include "base/value.hpp"
#include "module/module_description.hpp"

#include <string>

namespace instar::cli {

/// `behaviour`, `state`, `conversions`, `messages`, `functions`, `imports`, and
/// `types`: the fields of every struct that they name.
boost::json::object types_json(const module_file::module_description& module);

/// The same as tables, each with a title; empty for a library of nothing.
std::string show(const boost::json::object& description);

}  // namespace instar::cli
