#include "appup/appup_entry.hpp"

#include "appup/manifest.hpp"

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace instar::appup {

std::string described(const appup_entry& entry) {
  if (const auto* exact = std::get_if<exact_vsn>(&entry.from)) {
    return "\"" + exact->vsn + "\"";
  }
  return "/" + std::get<regex_vsn>(entry.from).pattern + "/";
}

const appup_entry* match_entry(const appup_spec& spec, direction way,
                               const std::string& vsn, diagnostics& errors) {
  for (const auto& entry : entries_of(spec, way)) {
    auto [found, error] = matches(entry, vsn);
    if (error) {
      errors.push_back(std::move(*error));
      return nullptr;
    }
    if (found)
      return &entry;
  }
  return nullptr;
}

void report_no_relup(const appup_owner& of, const appup_spec& spec,
                     direction way, const std::string& vsn,
                     diagnostics& errors) {
  std::string known;
  for (const auto& entry : entries_of(spec, way)) {
    known += (known.empty() ? "" : ", ") + described(entry);
  }
  report(errors, errc::no_relup,
         way == direction::up ? spec.up_at : spec.down_at,
         fmt::format("{} {} has no way {} version {}; it has {}", of.name,
                     of.vsn, way == direction::up ? "up from" : "down to", vsn,
                     known.empty() ? "none at all" : known));
}

void warn_bad_vsn(const appup_owner& of, const appup_spec& spec,
                  diagnostics& warnings) {
  // An empty one could not be read.
  if (spec.vsn == of.vsn || spec.vsn.empty() || of.vsn.empty())
    return;
  warn(warnings, errc::bad_vsn, spec.vsn_at,
       fmt::format("the appup is for version {}, but the application's "
                   "version is {}",
                   spec.vsn, of.vsn));
}

}  // namespace instar::appup
