#include "runtime/holders.hpp"

#include "runtime/box.hpp"
#include "runtime/instance.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace instar {
namespace {

/// How long to try to find a process that nobody runs.
constexpr std::chrono::milliseconds search_patience{50};

std::vector<std::string> described(const code_uses& uses) {
  std::vector<std::string> all;
  if (uses.has_state)
    all.emplace_back("its state");
  if (uses.has_prepared_state)
    all.emplace_back("a prepared state");
  if (uses.queued > 0) {
    all.push_back(fmt::format("{} message{} ({})", uses.queued,
                              uses.queued == 1 ? "" : "s", uses.message));
  }
  if (uses.handles_message)
    all.emplace_back("the message that it handles");
  if (uses.awaits_reply)
    all.emplace_back("a reply");
  return all;
}

class search {
public:
  search(runtime& node, instance& code) : node_(node), code_(code) {}

  std::vector<code_holder> run(search_depth depth) {
    look_at_boxes();
    if (depth == search_depth::full || code_.uses.sum() != 0) {
      was_busy_ = !look_at_all(node_.table().all());
      look_at_timers();
    } else {
      name_some();
    }
    for (const auto& [who, one] : found_) {
      if (one.uses.any())
        all_.push_back({who, one.name, described(one.uses)});
    }
    look_at_zombies();
    // Whatever is counted and is none of these: a message that is being
    // delivered, an answer to the outside, a pin.
    const auto others = code_.uses.sum() - static_cast<std::int64_t>(messages_);
    if (others > 0 && !was_busy_)
      all_.push_back(
          {{}, {}, {fmt::format("{} outside of processes", others)}});
    return std::move(all_);
  }

private:
  struct entry {
    std::string name;
    code_uses uses;
  };

  void look_at_boxes() {
    const std::lock_guard lock(code_.mutex);
    for (const auto* one = code_.first_box; one != nullptr; one = one->next)
      found_[one->holder->self()].uses.has_state = true;
  }

  // False where somebody runs it.
  bool look_at(pid who) {
    auto* p = node_.table().find_alive(who);
    if (p == nullptr)
      return true;
    if (!p->try_claim())
      return false;
    if (p->self() == who) {
      const auto uses = p->uses_of(code_);
      if (uses.any()) {
        found_[who] = {p->name(), uses};
        messages_ += uses.messages();
      }
    }
    p->release();
    return true;
  }

  // For their names, which only whoever runs a process may read.
  void name_some() {
    std::vector<pid> some;
    for (const auto& [who, one] : found_) {
      some.push_back(who);
      if (some.size() == 16)
        break;
    }
    look_at_all(std::move(some));
  }

  // False where some are run by somebody all the time.
  bool look_at_all(std::vector<pid> left) {
    const auto deadline = node_.sched().now() + search_patience;
    for (;;) {
      std::erase_if(left, [&](pid who) { return look_at(who); });
      if (left.empty())
        return true;
      const auto now = node_.sched().now();
      if (now >= deadline)
        return false;
      node_.sched().wait([] { return false; },
                         now + std::chrono::milliseconds(1));
    }
  }

  void look_at_timers() {
    for (const auto& who : node_.timer_table().targets_of(code_)) {
      ++messages_;
      all_.push_back({who, {}, {"a timer's message"}});
    }
  }

  // Its state and what it handles cannot be looked at.
  void look_at_zombies() {
    for (const auto& one : node_.zombies().all()) {
      if (one.module != code_.name || one.vsn != code_.vsn)
        continue;
      was_busy_ = true;
      all_.push_back({one.process,
                      one.name,
                      {"its state: it was " + what_it_does(one) +
                       ", and has not returned"}});
    }
  }

  runtime& node_;
  instance& code_;
  std::map<pid, entry> found_;
  std::vector<code_holder> all_;
  std::size_t messages_ = 0;
  bool was_busy_ = false;
};

}  // namespace

std::string to_string(const code_holder& one) {
  auto text = one.process ? to_string(one.process) : std::string();
  if (!one.name.empty())
    text += " " + one.name;
  if (text.empty())
    return fmt::format("{}", fmt::join(one.holds, ", "));
  return fmt::format("{} ({})", text, fmt::join(one.holds, ", "));
}

std::string to_string(const std::vector<code_holder>& all, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < all.size() && i < most; ++i)
    text += (i == 0 ? "" : ", ") + to_string(all[i]);
  if (all.size() > most)
    text += fmt::format(" and {} more", all.size() - most);
  return text;
}

std::vector<code_holder> find_holders(runtime& node, instance& code,
                                      search_depth depth) {
  return search(node, code).run(depth);
}

bool check_process_code(runtime& node, pid process, const std::string& module) {
  for (auto* code : node.code().not_current(module)) {
    const auto all = find_holders(node, *code, search_depth::counted);
    if (std::any_of(all.begin(), all.end(), [&](const code_holder& one) {
          return one.process == process;
        })) {
      return true;
    }
  }
  return false;
}

}  // namespace instar
