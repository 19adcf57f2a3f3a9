// Whether an appup's instructions fit what changed between two versions of its
// application. Private to appup; decides from data alone. Any thread.
#pragma once

#include "appup/entry_check.hpp"
#include "module/elf_file.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace instar::appup {

/// What the module files of two versions say.
struct module_facts {
  using imports =
      std::map<std::string, std::vector<module_file::module_import>>;

  /// Of the modules that both have. In neither: it cannot be told.
  std::set<std::string> changed;
  std::set<std::string> unchanged;
  /// Of those that could be read, what each imports.
  imports app_imports;
  imports old_imports;
};

/// Modules that changed, were added or removed without an instruction, and
/// instructions for those that did not change. `one.old` is known.
void check_changes(const checked_entry& one, const module_facts& facts,
                   diagnostics& warnings);

/// Modules that change together, of which one imports from the other without
/// naming it in its dep_mods.
void check_dependencies(const checked_entry& one, const module_facts& facts,
                        diagnostics& warnings);

/// What leads up and not back down, and the reverse: entries, and modules of
/// entries. With `old`, only the entries for that version.
void check_pairs(const appup_spec& spec, const app_manifest& app,
                 const app_manifest* old, diagnostics& warnings);

/// Modules of other applications that are imported: `owners` says whose they
/// are, and app.yaml does not.
void check_applications(const app_manifest& app, const module_facts& facts,
                        const std::map<std::string, std::string>& owners,
                        diagnostics& warnings);

}  // namespace instar::appup
