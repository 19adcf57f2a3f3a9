#include "module/elf_file.hpp"
#include "release_handler/errors.hpp"
#include "runtime/errors.hpp"
#include "runtime/instance.hpp"
#include "runtime/sys.hpp"

#include <boost/filesystem/operations.hpp>

#include "instar/testing.hpp"
#include "testing/application_folders.hpp"
#include "testing/module_batch.hpp"
#include "testing/sorted_value.hpp"
#include "testing/stepped_applications.hpp"
#include "testing/stepped_scheduler.hpp"
#include <fmt/format.h>

namespace instar::testing {
namespace {

result<upgrade_report> on_way(const char* way, result<upgrade_report> done) {
  if (!done) {
    return failure(done.error().code, fmt::format("on the way {}: {}", way,
                                                  done.error().message()));
  }
  return done;
}

/// A word alone is a message without fields.
value message_of(const value& written) {
  if (const auto* word = written.if_string())
    return boost::json::object{{*word, boost::json::object()}};
  return written;
}

}  // namespace

class stepped_node::parts {
public:
  explicit parts(const node_options& given)
      : options(given), sched(given.seed), folders(files) {}
  ~parts() { node.stop(); }
  parts(const parts&) = delete;
  parts& operator=(const parts&) = delete;

  node_options options;
  std::vector<std::string> logged;
  stepped_scheduler sched;
  real_file_system files;
  // Its folder goes last.
  application_folders folders;
  class runtime node {
    sched, files, {
      .spool = folders.root() / "modules",
      .log =
          [this](log_level, std::string_view text) {
            logged.push_back(folders.shown(std::string(text)));
          },
      .scans_before_unload = true,
    }
  };
  stepped_applications applications{node, folders};

  /// A result with the places as they were given.
  template <class T>
  result<T> shown(result<T> made) const {
    if (!made)
      return folders.shown(made.error());
    return made;
  }

  /// Said before ld.so says it of a file that nobody knows.
  result<> can_map() const {
    if (!forbids_execution(folders.root()))
      return {};
    return failure(
        release_handler::errc::no_exec,
        folders.root().parent_path().string() +
            " is on a file system mounted noexec, from which no module can be "
            "loaded: set TMPDIR to a folder elsewhere");
  }

  result<pid> find(const target& process) {
    const auto found = process.find(node);
    if (node.table().find_alive(found) == nullptr)
      return failure(errc::noproc, "no process " + process.text());
    return found;
  }

  /// The type that a process keeps its state in; null: none of a module's.
  result<const type_node*> type_of(pid process) {
    INSTAR_TRY_ASSIGN(const auto status, sys::summary(node, process));
    const auto& about = status.as_object();
    const auto* vsn = about.if_contains("vsn");
    if (vsn == nullptr || !vsn->is_string())
      return nullptr;
    const std::string module(about.at("module").as_string());
    for (const auto* code :
         {node.code().current(module), node.code().old(module)}) {
      if (code != nullptr && code->vsn == vsn->get_string())
        return code->descriptor.state;
    }
    return nullptr;
  }
};

stepped_node::stepped_node(node_options options)
    : parts_(std::make_unique<parts>(options)) {}
stepped_node::~stepped_node() = default;

// ---- code and processes -----------------------------------------------------

result<> stepped_node::load(const path& module_or_folder) {
  INSTAR_TRY(parts_->can_map());
  if (boost::filesystem::is_directory(module_or_folder)) {
    return parts_->shown(parts_->applications.load(module_or_folder, false));
  }
  auto loaded = parts_->node.code().load_file(
      boost::filesystem::absolute(module_or_folder));
  if (!loaded)
    return loaded.error();
  return {};
}

result<> stepped_node::start_application(const path& folder) {
  INSTAR_TRY(parts_->can_map());
  return parts_->shown(parts_->applications.load(folder, true));
}

result<pid> stepped_node::start(const std::string& module, value args,
                                const std::string& name) {
  spawn_options options;
  options.start.module = module;
  options.start.args = std::move(args);
  options.name = name;
  return parts_->node.start(std::move(options));
}

void stepped_node::set_env(const std::string& application,
                           const std::string& key, value to) {
  parts_->applications.set_env(application, key, std::move(to));
}

// ---- messages and time ------------------------------------------------------

result<value> stepped_node::call_json(const target& to, const value& m,
                                      duration timeout) {
  return parts_->node.call_json(to, message_of(m), timeout);
}

result<> stepped_node::cast_json(const target& to, const value& m) {
  return parts_->node.cast_json(to, message_of(m));
}

void stepped_node::run_until_idle() {
  parts_->sched.run_until_idle();
}

void stepped_node::advance(duration by) {
  parts_->sched.advance(by);
}

std::chrono::milliseconds stepped_node::system_time() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      parts_->sched.date().time_since_epoch());
}

// ---- states -----------------------------------------------------------------

result<value> stepped_node::state(const target& process) {
  run_until_idle();
  INSTAR_TRY_ASSIGN(const auto found, parts_->find(process));
  INSTAR_TRY_ASSIGN(auto kept, sys::get_state(parts_->node, found));
  INSTAR_TRY_ASSIGN(const auto* type, parts_->type_of(found));
  if (type == nullptr)
    return kept;
  return sorted_value(*type, std::move(kept));
}

result<> stepped_node::replace_state(const target& process,
                                     const value& state) {
  run_until_idle();
  INSTAR_TRY_ASSIGN(const auto found, parts_->find(process));
  INSTAR_TRY(sys::replace_state(parts_->node, found, state));
  return {};
}

const type_node* stepped_node::state_type(const std::string& module) const {
  const auto* code = parts_->node.code().current(module);
  return code == nullptr ? nullptr : code->descriptor.state;
}

// ---- upgrades ---------------------------------------------------------------

result<upgrade_report> stepped_node::upgrade_application(const path& folder) {
  return upgrade_applications({folder});
}

result<upgrade_report> stepped_node::downgrade_application(const path& folder) {
  return downgrade_applications({folder});
}

result<upgrade_report> stepped_node::upgrade_applications(
    const std::vector<path>& folders) {
  return parts_->shown(parts_->applications.change(
      folders, direction::up, parts_->options.allow_irreversible));
}

result<upgrade_report> stepped_node::downgrade_applications(
    const std::vector<path>& folders) {
  return parts_->shown(parts_->applications.change(
      folders, direction::down, parts_->options.allow_irreversible));
}

result<upgrade_report> stepped_node::upgrade(const std::vector<path>& files,
                                             value extra) {
  return parts_->shown(
      change_modules(parts_->node, files, direction::up, extra));
}

result<upgrade_report> stepped_node::downgrade(const std::vector<path>& files,
                                               value extra) {
  return parts_->shown(
      change_modules(parts_->node, files, direction::down, extra));
}

result<round_trip_states> stepped_node::round_trip(const target& process,
                                                   const path& newer) {
  round_trip_states states;
  INSTAR_TRY_ASSIGN(states.before, state(process));
  if (boost::filesystem::is_directory(newer)) {
    INSTAR_TRY_ASSIGN(const auto app, parts_->folders.add(newer));
    const auto older = parts_->applications.folder_of(app.application);
    INSTAR_TRY(on_way("up", upgrade_application(newer)));
    INSTAR_TRY_ASSIGN(states.above, state(process));
    INSTAR_TRY(on_way("down", downgrade_application(older)));
  } else {
    INSTAR_TRY_ASSIGN(const auto file,
                      module_file::read_elf(parts_->files, newer));
    const path older =
        file.note ? parts_->node.code().which(file.note->name) : "";
    INSTAR_TRY(on_way("up", upgrade({newer})));
    INSTAR_TRY_ASSIGN(states.above, state(process));
    INSTAR_TRY(on_way("down", downgrade({older})));
  }
  INSTAR_TRY_ASSIGN(states.after, state(process));
  return states;
}

// ---- what the node is -------------------------------------------------------

std::string stepped_node::vsn(const std::string& module) const {
  const auto* code = parts_->node.code().current(module);
  return code == nullptr ? "" : code->vsn;
}

const std::vector<std::string>& stepped_node::logged() const {
  return parts_->logged;
}

class runtime& stepped_node::runtime() {
  return parts_->node;
}

}  // namespace instar::testing
