#include "appup/module_proposal.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace instar::appup {
namespace {

class proposal {
public:
  explicit proposal(const module_step& step) : step_(step) {
    made_.module = step.module;
  }

  std::optional<proposed_instruction> propose() {
    const auto& source = step_.source();
    const auto& target = step_.target();
    if (!source && !target)
      return std::nullopt;
    if (!source) {
      add();
    } else if (!target) {
      remove();
    } else if (step_.versions().is_same_code) {
      return std::nullopt;
    } else if (source->about.behaviour != target->about.behaviour) {
      replace();
    } else {
      change();
    }
    return std::move(made_);
  }

private:
  template <class... Parts>
  void because(fmt::format_string<Parts...> text, Parts&&... parts) {
    made_.reasons.push_back(fmt::format(text, std::forward<Parts>(parts)...));
  }

  void add() {
    made_.change = proposed_change::add_module;
    const auto behaviour = step_.target()->about.behaviour;
    because("a {} that {} does not have", module_file::to_string(behaviour),
            step_.source_vsn());
    if (behaviour == behaviour_kind::gen_event) {
      because("its handlers are not added by this");
    } else if (has_state(behaviour) ||
               behaviour == behaviour_kind::supervisor) {
      because("its processes are not started by this");
    }
    note_globals();
  }

  void remove() {
    made_.change = proposed_change::delete_module;
    const auto behaviour = step_.source()->about.behaviour;
    because("a {} that {} does not have", module_file::to_string(behaviour),
            step_.target_vsn());
    if (has_state(behaviour) || behaviour == behaviour_kind::supervisor) {
      made_.decisions.push_back(fmt::format(
          "does a process of {} still run then? It is ended when its code is "
          "purged: let its supervisor end it before",
          step_.module));
    }
  }

  void replace() {
    made_.change = proposed_change::load_module;
    const auto& is = step_.target()->about;
    const auto& was = step_.source()->about;
    because("a {}, which was a {} in {}", module_file::to_string(is.behaviour),
            module_file::to_string(was.behaviour), step_.source_vsn());
    made_.decisions.push_back(fmt::format(
        "processes of another behaviour cannot go over: is none of {} alive, "
        "or is it restart_application: {}, which loses all states?",
        step_.module, step_.of.newer.application));
    note_globals();
  }

  void change() {
    switch (step_.target()->about.behaviour) {
      case behaviour_kind::library:
        made_.change = proposed_change::load_module;
        because("a library with other code: there is no state");
        break;
      case behaviour_kind::application:
        made_.change = proposed_change::load_module;
        because(
            "an application module with other code: start is not called "
            "again, stop is the new one's");
        break;
      case behaviour_kind::supervisor:
        made_.change = proposed_change::supervisor_update;
        because(
            "a supervisor with other code: its children run on under what "
            "the new init specifies");
        made_.decisions.push_back(fmt::format(
            "does init of {} {} name other children than in {}? New ones are "
            "not started by this, and those that are gone run on",
            step_.module, step_.target_vsn(), step_.source_vsn()));
        break;
      case behaviour_kind::gen_server:
      case behaviour_kind::gen_event:
      case behaviour_kind::gen_statem:
      case behaviour_kind::special_process:
        because("a {} with other code",
                module_file::to_string(step_.target()->about.behaviour));
        made_.change = propose_state(step_, made_);
        break;
    }
    const bool says_other = compare_messages(step_, made_);
    const bool exports_other = compare_functions(step_, made_);
    if (has_state(step_.target()->about.behaviour) &&
        made_.change == proposed_change::load_module) {
      if (says_other || exports_other) {
        made_.change = proposed_change::soft_update;
        because(
            "what it says to others changes: it is suspended until all have "
            "changed");
      } else {
        because("nobody else sees a difference: only its code is loaded");
      }
    }
    note_globals();
  }

  void note_globals() {
    const auto& globals = step_.target()->writable_globals;
    if (!globals.empty()) {
      because("variables that start fresh, and are no state: {}",
              fmt::join(globals, ", "));
    }
  }

  const module_step& step_;
  proposed_instruction made_;
};

}  // namespace

std::optional<proposed_instruction> propose_module(const module_step& step) {
  return proposal(step).propose();
}

}  // namespace instar::appup
