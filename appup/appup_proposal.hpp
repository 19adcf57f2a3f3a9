// An appup proposed from what differs between two versions of an application:
// what `appup generate` writes. Decides from data alone: the two app.yaml, and
// what the module files say. Any thread.
//
//   module                          instruction
//   only in the target              add_module
//   only in the source              delete_module
//   the same code                   none
//   a library, an application       load_module
//   a supervisor                    update with change: supervisor
//   a gen_server, another state,
//     or a conversion fits          update with change: {advanced: null}
//   a gen_server, same state,
//     others see a difference       update
//   a gen_server, same state        load_module
//
// What only a person can know is marked (`decisions`).
#pragma once

#include "appup/app.hpp"
#include "appup/instruction.hpp"
#include "base/value.hpp"
#include "module/module_description.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace instar::appup {

/// One version of a module, as its file says.
struct module_version {
  module_file::module_description about;
  /// Variables that start fresh in it.
  std::vector<std::string> writable_globals;
};

/// A module of either version of the application.
struct module_versions {
  /// Empty: that version of the application does not have it.
  std::optional<module_version> older;
  std::optional<module_version> newer;
  bool is_same_code = false;
  /// The message types of any module that this one's files mention: it may be
  /// who sends them.
  std::set<std::string> mentions;
};

struct application_versions {
  app_spec older;
  app_spec newer;
  /// Every module of the two.
  std::map<std::string, module_versions> modules;
};

enum class proposed_change {
  add_module,
  delete_module,
  load_module,
  soft_update,
  advanced_update,
  supervisor_update,
};

struct proposed_instruction {
  proposed_change change{};
  std::string module;
  std::vector<std::string> dep_mods;
  /// Why it stands there: whole lines for people.
  std::vector<std::string> reasons;
  /// What a person has to decide or write.
  std::vector<std::string> decisions;
};

struct proposed_way {
  /// In the order of the script.
  std::vector<proposed_instruction> instructions;
  /// What no instruction stands for.
  std::vector<std::string> decisions;
};

struct appup_proposal {
  std::string application;
  std::string vsn;
  std::string older_vsn;
  /// What an upgrade does besides: the two app.yaml compared.
  std::vector<std::string> notes;
  proposed_way up;
  proposed_way down;

  std::size_t decision_count() const;
};

/// The two are versions of one application, and not the same one.
appup_proposal propose_appup(const application_versions& of);

/// The text of appup.yaml: reasons as comments above each instruction,
/// decisions as comments that begin with `DECIDE:`. read_appup gives the
/// instructions back.
std::string write_appup(const appup_proposal& proposal);

/// As appup.yaml has it: `{"update": {"module": ...}}`.
value to_json(const proposed_instruction& instruction);

}  // namespace instar::appup
