// What a module's descriptor says, read from its file: types, conversions,
// messages, functions. None of the module's code runs, so a build machine can
// compare two versions, and the checks before an upgrade cost no mapping.
//
// The type nodes have no functions behind them: they serve for layouts and
// comparison (layout_text, layout_difference, carry_problem), never for values.
// The file is untrusted, as for elf_file. Any thread.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "module/descriptor.hpp"
#include "module/type_node.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace instar::module_file {

/// No module has more types than this, or more rows in one table.
inline constexpr std::size_t most_types = 20'000;
inline constexpr std::size_t most_rows = 4'096;

struct described_conversion {
  const type_node* from = nullptr;
  const type_node* to = nullptr;
  instar::direction direction{};
  bool adopts = false;
};

struct described_message {
  handler_kind kind{};
  const type_node* message = nullptr;
  /// Null: it replies later, or is no call.
  const type_node* reply = nullptr;
};

struct described_function {
  std::string name;
  std::string signature;
};

struct described_import {
  std::string module;
  std::string name;
  std::string signature;
};

struct module_description {
  std::string name;
  std::string vsn;
  std::string build_id;
  behaviour_kind behaviour{};
  /// Of a gen_server; null for the others. Nodes live as long as `types`.
  const type_node* state = nullptr;
  std::vector<described_conversion> conversions;
  std::vector<described_message> messages;
  std::vector<described_function> functions;
  std::vector<described_import> imports;
  std::shared_ptr<const void> types;
};

/// `library`, `gen_server`, `supervisor`, `application`.
std::string_view to_string(behaviour_kind kind);
/// `call`, `cast`, `info`, `continue`.
std::string_view to_string(handler_kind kind);

/// Errors: bad_elf, no_descriptor (none, or of another version of instar).
result<module_description> describe_module(std::string_view bytes);

/// As describe_module, of a file; its name begins every error text.
result<module_description> describe_module(file_system& files,
                                           const path& file);

}  // namespace instar::module_file
