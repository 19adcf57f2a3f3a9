// How a gen_server's state goes over, by the rules that the runtime has
// (runtime/upgrade_check.cpp): a conversion for exactly these layouts, else the
// same layout, else field by field; and what to write where none of them does.
#include "appup/module_proposal.hpp"
#include "module/type_carry.hpp"
#include "module/type_changes.hpp"
#include "module/type_fields.hpp"
#include "module/type_walk.hpp"
#include "module/type_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace instar::appup {
namespace {

using module_file::described_conversion;
using module_file::module_description;

bool is_same_layout(const type_node& a, const type_node& b) {
  return layout_difference(a, b).empty();
}

class state_step {
public:
  state_step(const module_step& step, proposed_instruction& into)
      : step_(step),
        into_(into),
        have_(*step.source()->about.state),
        want_(*step.target()->about.state),
        older_(step.versions().older->about),
        newer_(step.versions().newer->about) {}

  proposed_change propose() {
    const bool is_same = is_same_layout(have_, want_);
    if (!is_same) {
      into_.reasons.push_back(
          fmt::format("state {}: {}", want_.name,
                      fmt::join(type_changes(have_, want_), "; ")));
    }
    if (const auto* by = fitting()) {
      tell_conversion(*by, is_same);
    } else if (is_same) {
      into_.reasons.emplace_back("the state has the same layout: it stays");
      return proposed_change::load_module;
    } else if (const auto declared = of_this_direction(); !declared.empty()) {
      ask_for_fit(declared);
    } else {
      carry();
    }
    return proposed_change::advanced_update;
  }

private:
  const char* callback() const {
    return step_.way == direction::up ? "code_change" : "code_change_down";
  }

  bool is_this_way(const described_conversion& one) const {
    return (one.direction == instar::direction::up) ==
           (step_.way == direction::up);
  }

  const module_description* fitting() const {
    // The newer version knows the older one's state; the other way round is
    // possible too.
    for (const auto* offering : {&newer_, &older_}) {
      for (const auto& one : offering->conversions) {
        if (is_this_way(one) && is_same_layout(*one.from, have_) &&
            is_same_layout(*one.to, want_)) {
          return offering;
        }
      }
    }
    return nullptr;
  }

  void tell_conversion(const module_description& by, bool is_same) {
    if (is_same) {
      into_.reasons.push_back(fmt::format(
          "the state has the same layout, but a {} is declared for it",
          callback()));
    }
    into_.reasons.push_back(fmt::format(
        "{} of {} {} converts it; it gets what stands behind advanced as "
        "change.extra",
        callback(), step_.module, by.vsn));
  }

  std::vector<const described_conversion*> of_this_direction() const {
    std::vector<const described_conversion*> found;
    for (const auto& one : newer_.conversions) {
      if (is_this_way(one))
        found.push_back(&one);
    }
    return found;
  }

  void ask_for_fit(const std::vector<const described_conversion*>& declared) {
    // The last one is the nearest, as authors add them.
    const auto& one = *declared.back();
    const bool ends_right = is_same_layout(*one.to, want_);
    into_.decisions.push_back(fmt::format(
        "the {} of {} {} {} {}, which is not the state of {}: {}; correct it, "
        "or declare one more",
        callback(), step_.module, newer_.vsn, ends_right ? "takes" : "gives",
        ends_right ? one.from->name : one.to->name,
        ends_right ? step_.source_vsn() : step_.target_vsn(),
        ends_right ? layout_difference(have_, *one.from)
                   : layout_difference(want_, *one.to)));
  }

  void carry() {
    const auto faults = carry_faults(want_, have_, dropped_fields::refused);
    if (faults.empty()) {
      into_.reasons.push_back(fmt::format(
          "no {} is needed: the fields carry over by name", callback()));
      return;
    }
    std::vector<std::string> texts;
    bool is_copied = true;
    for (const auto& one : faults) {
      texts.push_back(one.text);
      is_copied = is_copied && one.advice.find("adopt") == std::string::npos;
    }
    into_.decisions.push_back(
        fmt::format("{}: write {} in {} {}{}{}", fmt::join(texts, "; "),
                    signature(), step_.module, newer_.vsn,
                    is_copied ? std::string() : adoption(), renames()));
  }

  /// code_change sees the old state as const.
  std::string adoption() const {
    const auto [older, newer] = own_names();
    if (step_.way == direction::down) {
      return fmt::format(
          "; what cannot be copied goes over in static void adopt_down({}&& "
          "now, {}& older) noexcept",
          newer, older);
    }
    return fmt::format(
        "; what cannot be copied goes over in static void adopt({}&& old, {}& "
        "now) noexcept",
        older, newer);
  }

  /// What the author has to write, with the types by their own names.
  std::string signature() const {
    const auto [older, newer] = own_names();
    return step_.way == direction::up
               ? fmt::format(
                     "{} code_change(const {}& old, const "
                     "instar::change&)",
                     newer, older)
               : fmt::format(
                     "{} code_change_down(const {}& now, const "
                     "instar::change&)",
                     older, newer);
  }

  struct names {
    std::string older;
    std::string newer;
  };

  /// Of the two states, in the newer version's source.
  names own_names() const {
    const auto own = [](const type_node& type) {
      const std::string_view name = type.name;
      return std::string(name.substr(name.rfind('.') + 1));
    };
    names found{own(*older_.state), own(*newer_.state)};
    // The older one needs a name of its own beside the newer one.
    if (found.older == found.newer)
      found.older += "_of_" + underscored(step_.of.older.vsn);
    return found;
  }

  static std::string underscored(std::string text) {
    for (auto& c : text) {
      const bool is_word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                           (c >= 'A' && c <= 'Z');
      if (!is_word)
        c = '_';
    }
    return text;
  }

  /// A field that goes and one of its type that comes may be one.
  std::string renames() const {
    const auto& older = *older_.state;
    const auto& newer = *newer_.state;
    std::string text;
    for (std::uint32_t i = 0; i < older.field_count; ++i) {
      const auto& gone = older.fields[i];
      if (detail::destination(newer, older, gone) != nullptr)
        continue;
      for (std::uint32_t j = 0; j < newer.field_count; ++j) {
        const auto& come = newer.fields[j];
        if (detail::destination(older, newer, come) == nullptr &&
            detail::type_word(*gone.type) == detail::type_word(*come.type)) {
          text += fmt::format(
              "; or, if {0} is now {1}, in its state: static constexpr "
              "instar::renamed renames[]{{{{\"{0}\", \"{1}\"}}}};",
              gone.name, come.name);
          break;
        }
      }
    }
    return text;
  }

  const module_step& step_;
  proposed_instruction& into_;
  const type_node& have_;
  const type_node& want_;
  const module_description& older_;
  const module_description& newer_;
};

}  // namespace

proposed_change propose_state(const module_step& step,
                              proposed_instruction& into) {
  return state_step(step, into).propose();
}

}  // namespace instar::appup
