// instar-module-check [--pinned] [--allow=SONAME]... FILE...: the rules of
// module_check.hpp at build time.
//
// Prints nothing on stdout. Warnings and errors go to stderr; exits with 1
// where a file breaks a rule, with 2 where the arguments are wrong.
#include "base/file_system.hpp"
#include "module/elf_file.hpp"
#include "module/module_check.hpp"

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace instar;

bool check(file_system& files, const std::string& file,
           const module_file::check_policy& policy) {
  const auto module = module_file::read_elf(files, file);
  if (!module) {
    std::fprintf(stderr, "%s\n", module.error().message().c_str());
    return false;
  }
  const auto verdict = module_file::check_module(*module, policy);
  for (const auto& warning : verdict.warnings) {
    std::fprintf(stderr, "%s: warning: %s\n", file.c_str(), warning.c_str());
  }
  const auto refused = module_file::refuse(verdict, file);
  if (refused)
    return true;
  std::fprintf(stderr, "%s\n", refused.error().message().c_str());
  return false;
}

}  // namespace

int main(int count, char** arguments) {
  constexpr std::string_view allow = "--allow=";
  module_file::check_policy policy;
  std::vector<std::string> names;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--pinned") {
      policy.pinned = true;
    } else if (argument.starts_with(allow)) {
      policy.allowed_libraries.emplace_back(argument.substr(allow.size()));
    } else if (argument.starts_with("-")) {
      names.clear();
      break;
    } else {
      names.emplace_back(argument);
    }
  }
  if (names.empty()) {
    std::fputs(
        "usage: instar-module-check [--pinned] [--allow=SONAME]... FILE...\n",
        stderr);
    return 2;
  }
  real_file_system files;
  bool good = true;
  for (const auto& name : names)
    good = check(files, name, policy) && good;
  return good ? 0 : 1;
}
