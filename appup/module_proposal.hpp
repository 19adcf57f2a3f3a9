// What one module needs in one direction, and why. Private to appup; decides
// from data alone. Any thread.
#pragma once

#include "appup/appup_proposal.hpp"

#include <string>
#include <vector>

namespace instar::appup {

/// One module in one direction. All references must outlive it.
struct module_step {
  direction way;
  const std::string& module;
  const application_versions& of;

  const module_versions& versions() const { return of.modules.at(module); }
  const std::optional<module_version>& source() const {
    return way == direction::up ? versions().older : versions().newer;
  }
  const std::optional<module_version>& target() const {
    return way == direction::up ? versions().newer : versions().older;
  }
  const std::string& source_vsn() const {
    return way == direction::up ? of.older.vsn : of.newer.vsn;
  }
  const std::string& target_vsn() const {
    return way == direction::up ? of.newer.vsn : of.older.vsn;
  }
};

/// Without dep_mods, which depend on the other modules' instructions. Empty: it
/// needs none.
std::optional<proposed_instruction> propose_module(const module_step& step);

/// How a gen_server's state goes over. Both versions are gen_servers. Adds the
/// reasons and what is left to a person.
proposed_change propose_state(const module_step& step,
                              proposed_instruction& into);

/// What others see of the module that differs: its messages and exported
/// functions. Whether there is any such difference.
bool compare_messages(const module_step& step, proposed_instruction& into);
bool compare_functions(const module_step& step, proposed_instruction& into);

}  // namespace instar::appup
