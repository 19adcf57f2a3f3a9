#include "module/abi.hpp"
#include "module/module_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace instar::module_file::detail {
namespace {

/// As many names as a message shows of a list.
constexpr std::size_t most_names = 5;

/// What leaves a pointer to the module's code behind, or acts on the process.
constexpr std::array<std::string_view, 12> risky_calls = {"pthread_create",
                                                          "std::thread",
                                                          "pthread_key_create",
                                                          "atexit",
                                                          "__cxa_at_quick_exit",
                                                          "signal",
                                                          "sigaction",
                                                          "dlopen",
                                                          "_exit",
                                                          "exit",
                                                          "fork",
                                                          "setlocale"};

std::vector<std::string> risky_calls_of(const elf_file& module) {
  std::vector<std::string> used;
  for (const auto& symbol : module.undefined) {
    std::string_view name = symbol;
    if (name.starts_with("_ZNSt6thread15_M_start_threadE")) {
      name = "std::thread";
    }
    if (std::find(risky_calls.begin(), risky_calls.end(), name) !=
        risky_calls.end()) {
      used.emplace_back(name);
    }
  }
  return used;
}

}  // namespace

std::string some_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < most_names; ++i) {
    if (i > 0)
      text += ", ";
    text += names[i];
  }
  if (names.size() > most_names) {
    text += fmt::format(" and {} more", names.size() - most_names);
  }
  return text;
}

std::vector<std::string> warnings_of(const elf_file& module) {
  std::vector<std::string> texts;
  const std::string_view tag =
      module.note ? std::string_view(module.note->abi_tag) : "";
  const auto bar = tag.find('|');
  const auto soft = bar == std::string_view::npos ? "" : tag.substr(bar + 1);
  constexpr std::string_view this_soft = INSTAR_ABI_SOFT;
  if (module.note && soft != this_soft) {
    texts.push_back(fmt::format("it was compiled with {}, this program with {}",
                                soft, this_soft));
  }
  if (module.has_thread_locals) {
    texts.emplace_back(
        "it has thread_local variables: a process moves between threads, and no "
        "upgrade carries them over");
  }
  // Sanitizers register each source's globals in an initialiser of their own.
  if (tag.find("san=none") != std::string_view::npos && module.init_count > 1) {
    texts.push_back(fmt::format(
        "it has static initialisers (in {} source files), which run when it is "
        "loaded, before its types are checked",
        module.init_count - 1));
  }
  if (!module.writable_globals.empty()) {
    texts.push_back(
        fmt::format("it has global variables, which no upgrade carries over as "
                    "it does a process's state: {}",
                    some_of(module.writable_globals)));
  }
  const auto calls = risky_calls_of(module);
  if (!calls.empty()) {
    texts.push_back(fmt::format(
        "it uses {}: what outlives a callback must not point into the module",
        some_of(calls)));
  }
  return texts;
}

}  // namespace instar::module_file::detail
