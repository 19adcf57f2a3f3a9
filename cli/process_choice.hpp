// Which processes of a node are to be seen, and in which order: the options of
// `instar ps`, asked of the node, which sends no others.
#pragma once

#include "cli/table.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace instar::cli {

/// The orders of `--sort`, as the node knows them.
inline constexpr std::array<std::string_view, 7> process_orders = {
    "pid", "name", "behaviour", "module", "vsn", "status", "mailbox"};

struct process_choice {
  // Empty: as the node likes it, or any.
  std::string sort;
  std::string module;
  std::string name;
  std::string behaviour;
  std::string status;
  std::optional<std::uint64_t> min_mailbox;
  std::optional<std::uint64_t> limit;
  bool is_reversed = false;
};

/// `into` must outlive the verb.
void add_process_choice(CLI::App& verb, process_choice& into);
/// `--limit`, where it is not known from what there is room for.
void add_limit(CLI::App& verb, process_choice& into);

const std::vector<column>& process_columns();

/// `/v1/processes?sort=mailbox&limit=20`, encoded.
std::string target_of(const process_choice& chosen);

}  // namespace instar::cli
