#include "release_handler/interruption.hpp"

#include "release_handler/errors.hpp"
#include "release_handler/install_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace instar::release_handler {
namespace {

std::string text(const boost::json::object& of, std::string_view key) {
  const auto* found = of.if_contains(key);
  return found != nullptr && found->is_string()
             ? std::string(std::string_view(found->get_string()))
             : std::string();
}

bool has_outcome(history& of, const std::string& id) {
  const auto all = of.all();
  return std::any_of(all.begin(), all.end(), [&](const value& entry) {
    return text(entry.get_object(), "id") == id;
  });
}

boost::json::array to_json(const std::vector<journal::effect_left>& all) {
  boost::json::array effects;
  for (const auto& one : all) {
    boost::json::object effect{{"effect", one.what}, {"done", one.is_done}};
    if (!one.undo.empty())
      effect["undo"] = one.undo;
    effects.push_back(std::move(effect));
  }
  return effects;
}

boost::json::object entry_of(journal::unfinished left,
                             const release_store& store) {
  auto entry = std::move(left.about);
  entry["began"] = text(entry, "at");
  entry["id"] = left.id;
  // Both are one rename: it was made, or it was not.
  const auto operation = text(entry, "operation");
  const bool is_committed = (operation == "commit" || operation == "reboot") &&
                            text(entry, "to") == store.permanent().vsn;
  entry["ok"] = is_committed;
  entry["outcome"] = is_committed ? "permanent" : "interrupted";
  entry["permanent"] = store.permanent().vsn;
  entry["reached"] = left.reached;
  entry["batches"] = left.batches;
  entry["effects_not_undone"] = to_json(left.effects);
  // Not undone either; the restart is what took them back.
  entry["effects_ended"] = to_json(left.ended_effects);
  return entry;
}

}  // namespace

result<std::optional<boost::json::object>> note_interrupted(
    journal& from, history& to, const release_store& store,
    std::chrono::system_clock::time_point now) {
  INSTAR_TRY_ASSIGN(auto left, from.find_unfinished());
  std::optional<boost::json::object> entry;
  if (!left)
    return entry;
  if (!has_outcome(to, left->id)) {
    entry = entry_of(std::move(*left), store);
    INSTAR_TRY(to.add(*entry, now));
  }
  INSTAR_TRY(from.close_unfinished());
  return entry;
}

result<std::optional<boost::json::object>> note_fallen_back(
    journal& from, history& to, const release_store& store,
    const boot_record& failed, std::chrono::system_clock::time_point now) {
  INSTAR_TRY_ASSIGN(auto left, from.find_unfinished());
  std::optional<boost::json::object> entry;
  // Where the release did come up, the node ended before that was put away.
  if (!has_outcome(to, failed.id)) {
    journal::unfinished of;
    if (left && left->id == failed.id)
      of = std::move(*left);
    of.id = failed.id;
    of.about["operation"] = failed.operation;
    of.about["from"] = failed.from;
    of.about["to"] = failed.to;
    of.about["by"] = failed.by;
    entry = entry_of(std::move(of), store);
    (*entry)["ok"] = false;
    (*entry)["outcome"] = to_string(outcome::fell_back);
    (*entry)["error"] = boost::json::object{
        {"tag", make_error_code(errc::boot_failed).message()},
        {"message", failed.why}};
    INSTAR_TRY(to.add(*entry, now));
  }
  if (left)
    INSTAR_TRY(from.close_unfinished());
  return entry;
}

std::string describe_interrupted(const boost::json::object& entry) {
  const auto& effects = entry.at("effects_not_undone").get_array();
  std::string made = fmt::format(
      "{} of {} by {}, begun {}, was interrupted: release {} is the permanent "
      "one, and started",
      text(entry, "operation"), text(entry, "to"), text(entry, "by"),
      text(entry, "began"), text(entry, "permanent"));
  if (text(entry, "outcome") == to_string(outcome::fell_back)) {
    made = fmt::format(
        "release {} did not come up: {}; the permanent release {} was started",
        text(entry, "to"), text(entry.at("error").get_object(), "message"),
        text(entry, "permanent"));
  }
  for (const auto& one : effects) {
    const auto& effect = one.get_object();
    const auto undo = text(effect, "undo");
    made += fmt::format(
        "; not undone: {} ({}{})", text(effect, "effect"),
        effect.at("done").get_bool() ? "done" : "begun",
        undo.empty() ? ", it has no undo" : ", its undo is " + undo);
  }
  for (const auto& one : entry.at("effects_ended").get_array()) {
    const auto& effect = one.get_object();
    made +=
        fmt::format("; ended with the node: {} ({})", text(effect, "effect"),
                    effect.at("done").get_bool() ? "done" : "begun");
  }
  return made;
}

}  // namespace instar::release_handler
