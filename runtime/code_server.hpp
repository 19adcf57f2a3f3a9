// The code server: which modules are loaded, in which versions, and what calls
// between modules reach. As Erlang's code server: `current` and `old` per
// module, and during an upgrade `next`, which only conversions see.
//
// Loading never happens while a gate is closed. External calls go through the
// export table, an immutable snapshot that a commit replaces by one pointer.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "runtime/instance.hpp"
#include "runtime/shared_libraries.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace instar {

class runtime;

struct export_table {
  std::vector<function_address> functions;  // by slot; null: undefined
};

struct loaded_module {
  std::string name;
  std::string current_vsn;  // empty: only old code is left
  std::string old_vsn;      // empty: none
  std::string file;
  std::size_t current_boxes = 0;
  std::size_t old_boxes = 0;
};

/// What a commit changes: these instances become current, these names lose it.
struct code_change_set {
  std::vector<instance*> load;
  std::vector<std::string> remove;
};

/// Any thread, one change at a time (the release handler and the operator's
/// commands are serialised above this).
class code_server {
public:
  /// Private copies go to `spool`, a folder of this process alone.
  code_server(runtime& node, path spool);
  ~code_server();
  code_server(const code_server&) = delete;
  code_server& operator=(const code_server&) = delete;

  /// Checks, copies and maps a module file, without making it current. A file
  /// whose build is still mapped gives that instance again.
  /// Errors: module_file::errc, bad_module, undef (an import that does not
  /// fit). `together` are the others of the same batch.
  result<instance*> load_next(const path& file,
                              const std::vector<instance*>& together = {});
  /// As load_next, for a batch whose modules may import from each other in any
  /// order: check_imports comes when all are loaded.
  result<instance*> load_unchecked(const path& file);
  /// Whether each import is exported, with its signature, by the module's
  /// version in `together`, else by the current one. Errors: undef.
  result<> check_imports(const instance& loaded,
                         const std::vector<instance*>& together) const;
  /// Makes a loaded instance current at once; for the first version of a
  /// module.
  result<instance*> load_file(const path& file);
  /// A module that is part of the program (`application`, and in tests).
  result<instance*> add_builtin(const module_descriptor& module);

  /// What modules may need besides the runtime and the system's libraries.
  shared_libraries& libraries() { return libraries_; }

  /// Null where there is none. Any thread.
  instance* current(std::string_view name) const;
  instance* old(std::string_view name) const;
  /// The current version, held mapped meanwhile; empty where there is none.
  instance_pin pin_current(std::string_view name) const;
  std::vector<loaded_module> all_loaded() const;

  /// Publishes a batch: current becomes old, next becomes current, and what was
  /// old before lingers until purge_older. Cannot fail and touches no file.
  void commit(const code_change_set& changes);

  /// Unmaps the old code of a module if nothing uses it. True where nothing is
  /// left. Errors: old_processes, naming them.
  result<> soft_purge(std::string_view name);
  /// Ends the processes that use the old code, then unmaps it.
  result<> purge(std::string_view name);
  /// As purge, for what is older than the old code.
  result<> purge_older(std::string_view name);
  /// Unmaps a `next` that was refused, or old code after its check.
  result<> unload(instance* gone);

  /// For apply and health checks: an exported function of the current version.
  /// Errors: no_such_module, undef.
  result<function_address> function(std::string_view module,
                                    std::string_view name,
                                    std::string_view signature) const;
  /// The table that external calls go through. Within an activation.
  const export_table* exports() const {
    return exports_.load(std::memory_order_seq_cst);
  }
  /// What old code the soft purge could not remove yet.
  std::vector<std::string> blockers(std::string_view name) const;

private:
  struct versions {
    instance* current = nullptr;
    instance* old = nullptr;
    /// Older still, and still in use: only until those who use it have ended.
    std::vector<instance*> lingering;
  };
  using function_key = std::tuple<std::string, std::string, std::string>;

  result<instance*> map(const path& copy, const path& origin,
                        const std::string& build_id);
  void bind(instance& loaded);
  void publish();
  result<> remove_old(std::string_view name, instance* gone);
  result<> remove_all(std::string_view name, const std::vector<instance*>& all);
  std::vector<instance*> not_current(std::string_view name) const;
  std::vector<instance*> older(std::string_view name) const;
  result<> purge_all(std::string_view name, const std::vector<instance*>& gone);
  bool wait_for_grace();
  bool is_unused(const instance& gone) const;

  runtime& node_;
  path spool_;
  shared_libraries libraries_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<instance>> instances_;
  std::map<std::string, versions, std::less<>> modules_;
  std::map<function_key, std::uint32_t> slots_;
  std::atomic<const export_table*> exports_{nullptr};
  std::vector<std::unique_ptr<export_table>> tables_;
  std::uint64_t last_copy_ = 0;
};

}  // namespace instar
