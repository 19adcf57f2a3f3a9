// What the code under test promises for every input. Private to tests/fuzz.
#pragma once

#include "appup/diagnostic.hpp"
#include "appup/reader.hpp"
#include "base/result.hpp"

#include <string>

namespace instar::test {

/// Throws std::logic_error(what) if it was not kept.
void promise(bool kept, const std::string& what);

/// A manifest's failure has a tag and names its file.
void check_failure(const failure& why, const std::string& file);

/// Each can be shown.
void check_diagnostics(const appup::diagnostics& all, const char* what);

/// A relup can be written and read again, and is the same.
void check_round_trip(const appup::relup_spec& relup);

}  // namespace instar::test
