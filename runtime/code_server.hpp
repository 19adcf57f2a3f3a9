// The code server: which modules are loaded, in which versions, and what calls
// between modules reach. As Erlang's code server: `current` and `old` per
// module, and during an upgrade `next`, which only conversions see.
//
// Loading never happens while a gate is closed. External calls go through the
// export table, an immutable snapshot that a commit replaces by one pointer.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "runtime/holders.hpp"
#include "runtime/instance.hpp"
#include "runtime/shared_libraries.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
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

/// Whether modules are loaded at the start, all of them, or each when it is first
/// used. As Erlang's `-mode`.
enum class code_mode { embedded, interactive };

/// As Erlang's code:get_object_code/1.
struct object_code {
  std::string module;
  std::string bytes;
  std::string file;
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
  /// `scans_before_unload`: the use counters are checked by a search.
  code_server(runtime& node, path spool, bool scans_before_unload);
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
  /// As load_file, of bytes; `file` is what `which` says then. As Erlang's
  /// code:load_binary/3. Errors: also bad_module (they are another module).
  result<instance*> load_binary(const std::string& name, const path& file,
                                const std::string& bytes);
  /// Whether each import is exported, with its signature, by the module's
  /// version in `together`, else by the current one. Errors: undef.
  result<> check_imports(const instance& loaded,
                         const std::vector<instance*>& together) const;
  /// Loads a module and makes it current at once. Processes of the version before
  /// stay in it: it is old code now. What was old goes, if nobody uses it.
  /// As Erlang's code:load_file/1. Errors: load_next's, old_processes.
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
  /// As pin_current, of a module that is about to be used: in interactive mode
  /// it is loaded first where it is not. Errors: no_such_module, load_file's.
  result<instance_pin> use(std::string_view name);
  bool is_loaded(std::string_view name) const {
    return current(name) != nullptr;
  }
  /// The file that the current version came from; empty: it is not loaded. As
  /// Erlang's code:which/1.
  std::string which(std::string_view name) const;
  /// The current version's file as it is mapped. Errors: no_such_module,
  /// not_supported (a built-in module), the system's.
  result<object_code> get_object_code(std::string_view name) const;
  /// Where `use` looks in interactive mode: folders of MODULE.so. Any time.
  void set_code_path(code_mode mode, std::vector<path> folders);
  code_mode mode() const;
  /// A sticky module is neither loaded anew nor deleted.
  void stick(std::string_view name);
  void unstick(std::string_view name);
  bool is_sticky(std::string_view name) const;
  std::vector<loaded_module> all_loaded() const;

  /// Publishes a batch: current becomes old, next becomes current, and what was
  /// old before lingers until purge_older. Cannot fail and touches no file.
  void commit(const code_change_set& changes);

  /// The current version becomes old, and there is no current one. As Erlang's
  /// code:delete/1. Errors: no_such_module, sticky_directory, old_processes
  /// (there is old code already: purge it first).
  result<> delete_module(std::string_view name);
  /// Unmaps the old code of a module if nothing uses it. Errors: old_processes,
  /// naming who holds what.
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
                                    std::string_view signature);
  /// The table that external calls go through. Within an activation.
  const export_table* exports() const {
    return exports_.load(std::memory_order_seq_cst);
  }
  /// Loaded versions of a module that are not current: old, and older.
  std::vector<instance*> not_current(std::string_view name) const;
  /// Whether a soft purge could remove them all now, as far as that can be told
  /// without waiting. Not from a worker. Errors: old_processes, naming who holds
  /// what.
  result<> check_soft_purge(std::string_view name) const;
  /// Who keeps them. Not from a worker.
  std::vector<code_holder> holders(std::string_view name) const;

private:
  struct versions {
    instance* current = nullptr;
    instance* old = nullptr;
    /// Older still, and still in use: only until those who use it have ended.
    std::vector<instance*> lingering;
  };
  using function_key = std::tuple<std::string, std::string, std::string>;

  result<instance*> load_as(const path& file, const path& origin);
  result<instance*> make_current(instance* made);
  result<> check_not_sticky(std::string_view name) const;
  result<instance*> map(const path& copy, const path& origin,
                        const std::string& build_id);
  void bind(instance& loaded);
  void publish();
  result<> remove_old(std::string_view name, instance* gone);
  result<> remove_all(std::string_view name, const std::vector<instance*>& all);
  std::vector<instance*> older(std::string_view name) const;
  result<> purge_all(std::string_view name, const std::vector<instance*>& gone);
  bool wait_for_grace();
  bool is_unused(const instance& gone) const;
  failure still_used(instance& gone) const;
  result<> check_counters(instance& gone) const;

  runtime& node_;
  path spool_;
  bool scans_before_unload_;
  shared_libraries libraries_;
  std::mutex use_mutex_;  // one is loaded at a time; before mutex_
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<instance>> instances_;
  std::map<std::string, versions, std::less<>> modules_;
  std::set<std::string, std::less<>> sticky_;
  code_mode mode_ = code_mode::embedded;
  std::vector<path> code_path_;
  std::map<function_key, std::uint32_t> slots_;
  std::atomic<const export_table*> exports_{nullptr};
  std::vector<std::unique_ptr<export_table>> tables_;
  std::uint64_t last_copy_ = 0;
};

}  // namespace instar
