// Parts of module_check.cpp that stand in files of their own; for it only.
#pragma once

#include "module/elf_file.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace instar::module_file::detail {

/// `a, b, c and 7 more`.
std::string some_of(const std::vector<std::string>& names);

/// How the hard part of a module's ABI tag differs from `want`, key by key, and
/// how to build instead; empty where it does not.
std::vector<std::string> abi_differences(std::string_view tag,
                                         std::string_view want);

/// What is allowed but likely a mistake.
std::vector<std::string> warnings_of(const elf_file& module);

}  // namespace instar::module_file::detail
