// What others see of a module that differs between two versions. Senders are
// not known, since messages are data: who may be one is guessed from the types
// that a file mentions, and left to a person.
#include "appup/module_proposal.hpp"
#include "module/type_carry.hpp"
#include "module/type_changes.hpp"
#include "module/type_walk.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

namespace instar::appup {
namespace {

using module_file::described_function;
using module_file::described_message;

const described_message* find(const std::vector<described_message>& all,
                              const described_message& like) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) {
    return one.kind == like.kind &&
           std::string_view(one.message->name) == like.message->name;
  });
  return found == all.end() ? nullptr : &*found;
}

std::string title(const described_message& of) {
  return fmt::format("{} {}", module_file::to_string(of.kind),
                     of.message->name);
}

class message_step {
public:
  message_step(const module_step& step, proposed_instruction& into)
      : step_(step), into_(into) {}

  bool compare() {
    const auto& source = step_.source()->about.messages;
    const auto& target = step_.target()->about.messages;
    for (const auto& old : source) {
      if (const auto* now = find(target, old)) {
        compare(old, *now);
      } else {
        is_different_ = true;
        into_.reasons.push_back(fmt::format(
            "{} takes no {}: {}", step_.target_vsn(), title(old),
            old.kind == handler_kind::call ? "it fails with bad_message"
                                           : "it is dropped"));
      }
    }
    for (const auto& now : target) {
      if (find(source, now) == nullptr) {
        is_different_ = true;
        into_.reasons.push_back(fmt::format("{} is new", title(now)));
      }
    }
    if (!changed_.empty())
      ask_for_senders();
    return is_different_;
  }

private:
  void compare(const described_message& old, const described_message& now) {
    const bool has_changed = tell(title(old), *old.message, *now.message);
    const bool has_other_reply = compare_replies(old, now);
    if (!has_changed && !has_other_reply)
      return;
    is_different_ = true;
    const std::string name = old.message->name;
    if (std::find(changed_.begin(), changed_.end(), name) == changed_.end())
      changed_.push_back(name);
  }

  /// A value of either form: who is upgraded later sends, or waits for, the
  /// old one.
  bool tell(const std::string& what, const type_node& old,
            const type_node& now) {
    if (layout_difference(old, now).empty())
      return false;
    into_.reasons.push_back(
        fmt::format("{}: {}", what, fmt::join(type_changes(old, now), "; ")));
    return true;
  }

  bool compare_replies(const described_message& old,
                       const described_message& now) {
    if (old.reply == nullptr || now.reply == nullptr) {
      if (old.reply == now.reply)
        return false;
      into_.reasons.push_back(fmt::format(
          "{} is answered {}", title(now),
          now.reply == nullptr ? "later now, by reply()"
                               : "by what its handler returns now"));
      return true;
    }
    const auto what = "reply to " + title(now);
    if (std::string_view(old.reply->name) != now.reply->name &&
        layout_difference(*old.reply, *now.reply).empty()) {
      into_.reasons.push_back(fmt::format("{}: it was {} and is {}", what,
                                          old.reply->name, now.reply->name));
      return true;
    }
    return tell(what, *old.reply, *now.reply);
  }

  /// Why what is in the other form is refused; empty: it is carried over.
  std::string problem(const std::string& name) const {
    for (const auto& old : step_.source()->about.messages) {
      const auto* now = find(step_.target()->about.messages, old);
      if (name != old.message->name || now == nullptr)
        continue;
      auto why = carry_problem_of(*now->message, *old.message);
      // Its caller may run the older code still.
      if (why.empty() && old.reply != nullptr && now->reply != nullptr)
        why = carry_problem_of(*old.reply, *now->reply);
      if (!why.empty())
        return why;
    }
    return {};
  }

  static std::string carry_problem_of(const type_node& to,
                                      const type_node& from) {
    const auto faults = carry_faults(to, from, dropped_fields::allowed);
    return faults.empty() ? std::string() : faults.front().text;
  }

  void ask_for_senders() {
    for (const auto& name : changed_) {
      const auto why = problem(name);
      into_.decisions.push_back(fmt::format(
          "who sends {}? {}; {}", name, senders(name),
          why.empty()
              ? "who runs other code meanwhile is understood, its fields go "
                "over by name"
              : "who runs other code meanwhile is not understood (" + why +
                    "), so it has to change in the same upgrade"));
    }
  }

  std::string senders(const std::string& name) const {
    std::vector<std::string> found;
    for (const auto& [module, versions] : step_.of.modules) {
      if (module != step_.module && versions.mentions.contains(name))
        found.push_back(module);
    }
    if (found.empty()) {
      return fmt::format("no other module of {} mentions it",
                         step_.of.newer.application);
    }
    return fmt::format(
        "{} mention{} it: where one is a sender, add {} to its "
        "dep_mods",
        fmt::join(found, ", "), found.size() == 1 ? "s" : "", step_.module);
  }

  const module_step& step_;
  proposed_instruction& into_;
  std::vector<std::string> changed_;
  bool is_different_ = false;
};

const described_function* find(const std::vector<described_function>& all,
                               std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) {
    return one.name == name;
  });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

bool compare_messages(const module_step& step, proposed_instruction& into) {
  return message_step(step, into).compare();
}

bool compare_functions(const module_step& step, proposed_instruction& into) {
  const auto& source = step.source()->about.functions;
  const auto& target = step.target()->about.functions;
  bool is_different = false;
  for (const auto& old : source) {
    const auto* now = find(target, old.name);
    if (now != nullptr && now->signature == old.signature)
      continue;
    is_different = true;
    into.reasons.push_back(
        now == nullptr
            ? fmt::format("{} exports no {}", step.target_vsn(), old.name)
            : fmt::format("the function {} was {} and is {}", old.name,
                          old.signature, now->signature));
    into.decisions.push_back(
        fmt::format("does a module of another application import {} of {}? It "
                    "has to change in the same upgrade",
                    old.name, step.module));
  }
  for (const auto& now : target) {
    if (find(source, now.name) == nullptr) {
      is_different = true;
      into.reasons.push_back(fmt::format("the function {} is new", now.name));
    }
  }
  return is_different;
}

}  // namespace instar::appup
