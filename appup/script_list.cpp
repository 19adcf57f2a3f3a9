#include "appup/script_list.hpp"

#include "appup/appup_entry.hpp"

#include <fmt/format.h>

#include <utility>

namespace instar::appup {
namespace {

void add_appup(const loaded_app& app, const std::string& base_vsn,
               library& from, translation& into, diagnostics& errors,
               diagnostics& warnings) {
  const auto& answer = from.appup(app.name(), app.vsn());
  errors.insert(errors.end(), answer.errors.begin(), answer.errors.end());
  if (!answer.ok())
    into.is_partial = true;
  if (!answer.read)
    return;
  const auto& spec = *answer.read;
  const appup_owner owner{app.name(), app.vsn()};
  warn_bad_vsn(owner, spec, warnings);
  const auto before = errors.size();
  const auto* entry = match_entry(spec, into.way, base_vsn, errors);
  if (entry == nullptr) {
    into.is_partial = true;
    // In an appup with errors the one that is missed may be there.
    if (errors.size() == before && answer.ok())
      report_no_relup(owner, spec, into.way, base_vsn, errors);
    return;
  }
  application_script made{script_kind::appup, {}, &app, entry};
  made.instructions.reserve(entry->instructions.size());
  for (const auto& one : entry->instructions)
    made.instructions.push_back(&one);
  into.scripts.push_back(std::move(made));
}

void add_one(translation& into, script_kind kind, written_instruction one,
             const loaded_app* app = nullptr) {
  into.scripts.push_back(
      {kind, {&into.made.emplace_back(std::move(one))}, app, nullptr});
}

bool runtime_changes(const script_request& request, diagnostics& warnings) {
  const auto& top = request.top->manifest;
  const auto& base = request.base->manifest;
  // A release that does not name its runtime runs on any.
  if (top.spec.runtime.empty() || base.spec.runtime.empty() ||
      top.spec.runtime == base.spec.runtime) {
    return false;
  }
  warn(warnings, errc::erts_vsn_changed, top.where.with(top.runtime_at),
       fmt::format("the runtime of {} {} is {}, that of {} {} is {}: the node "
                   "restarts",
                   top.spec.release, top.spec.vsn, top.spec.runtime,
                   base.spec.release, base.spec.vsn, base.spec.runtime));
  return true;
}

}  // namespace

void list_scripts(const script_request& request, library& from,
                  translation& into, diagnostics& errors,
                  diagnostics& warnings) {
  const bool up = request.way == direction::up;
  into.way = request.way;
  into.target = up ? request.top : request.base;
  into.source = up ? request.base : request.top;
  if (runtime_changes(request, warnings)) {
    const auto& top = request.top->manifest;
    add_one(into, script_kind::new_runtime,
            {low_level(restart_new_emulator{}),
             top.where.with(top.runtime_at),
             top.runtime_at,
             {},
             nullptr});
  }
  for (const auto& app : into.target->apps) {
    if (into.source->find_app(app.name()) != nullptr)
      continue;
    add_one(into, script_kind::added_application,
            {high_level(add_application{app.name(), app.entry->type}),
             app.entry_at,
             app.entry_at.at,
             {},
             nullptr},
            &app);
  }
  for (const auto i : request.top->dependency_order) {
    const auto& app = request.top->apps[i];
    const auto* other = request.base->find_app(app.name());
    if (other == nullptr || other->vsn() == app.vsn())
      continue;
    add_appup(app, other->vsn(), from, into, errors, warnings);
  }
  for (const auto& app : into.source->apps) {
    if (into.target->find_app(app.name()) != nullptr)
      continue;
    add_one(into, script_kind::removed_application,
            {high_level(remove_application{app.name()}),
             app.entry_at,
             app.entry_at.at,
             {},
             nullptr},
            &app);
  }
  if (request.restart_emulator) {
    add_one(into, script_kind::restart_option,
            {low_level(restart_emulator{}), {}, {}, {}, nullptr});
  }
}

}  // namespace instar::appup
