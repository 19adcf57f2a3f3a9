#include "release_handler/release_handler.hpp"

#include "appup/reader.hpp"
#include "appup/relup_maker.hpp"
#include "release_handler/errors.hpp"
#include "runtime/errors.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace instar::release_handler {
namespace {

const appup::relup_entry* entry_of(
    const std::vector<appup::relup_entry>& entries, const std::string& vsn) {
  const auto found =
      std::find_if(entries.begin(), entries.end(),
                   [&](const auto& entry) { return entry.vsn == vsn; });
  return found == entries.end() ? nullptr : &*found;
}

/// Whether there is no appup at all, or none for the versions in question; not one
/// with a mistake in it.
bool is_way_missing(const appup::diagnostics& errors) {
  return std::all_of(errors.begin(), errors.end(), [](const auto& one) {
    return one.tag == appup::errc::no_relup ||
           (one.tag == appup::errc::file_problem && one.where.at.line == 0);
  });
}

}  // namespace

/// The one operation that changes something, for as long as it lives.
class release_handler::operation {
public:
  operation(release_handler& owner, std::string what, const requester& by,
            bool is_cancellable = false)
      : owner_(owner) {
    const std::lock_guard lock(owner_.operation_mutex_);
    if (!owner_.operation_.empty())
      return;
    owner_.operation_ = std::move(what);
    owner_.operation_by_ = by.who;
    owner_.operation_since_ = to_text(owner_.time_.date());
    owner_.is_cancelled_.store(false);
    owner_.is_cancellable_ = is_cancellable;
    is_ours_ = true;
  }
  operation(const operation&) = delete;
  operation& operator=(const operation&) = delete;
  ~operation() {
    if (!is_ours_)
      return;
    const std::lock_guard lock(owner_.operation_mutex_);
    owner_.operation_.clear();
  }
  explicit operator bool() const { return is_ours_; }

private:
  release_handler& owner_;
  bool is_ours_ = false;
};

release_handler::release_handler(runtime& node, file_system& files,
                                 release_store store, const clock& time)
    : node_(node),
      files_(files),
      time_(time),
      store_(std::move(store)),
      history_(files, store_.root() / "log" / "history.jsonl") {}

std::string release_handler::why_busy() const {
  const std::lock_guard lock(operation_mutex_);
  return fmt::format("{} is under way, by {} since {}", operation_,
                     operation_by_, operation_since_);
}

value release_handler::in_progress() const {
  const std::lock_guard lock(operation_mutex_);
  if (operation_.empty())
    return nullptr;
  return boost::json::object{{"operation", operation_},
                             {"by", operation_by_},
                             {"since", operation_since_}};
}

bool release_handler::cancel() {
  const std::lock_guard lock(operation_mutex_);
  if (operation_.empty() || !is_cancellable_)
    return false;
  is_cancelled_.store(true);
  return true;
}

std::vector<value> release_handler::all_history() {
  const std::lock_guard lock(store_mutex_);
  return history_.all();
}

// ---- releases on disk -------------------------------------------------------------

result<std::string> release_handler::unpack_release(const path& package) {
  const operation ours(*this, "unpack of " + package.string(), {"operator"});
  if (!ours)
    return failure(errc::install_in_progress, why_busy());
  const std::lock_guard lock(store_mutex_);
  return store_.unpack_release(package);
}

std::vector<release_record> release_handler::which_releases() const {
  const std::lock_guard lock(store_mutex_);
  const auto all = store_.which_releases();
  return {all.begin(), all.end()};
}

release_record release_handler::running() const {
  const std::lock_guard lock(store_mutex_);
  return store_.running();
}

release_record release_handler::permanent() const {
  const std::lock_guard lock(store_mutex_);
  return store_.permanent();
}

result<> release_handler::remove_release(const std::string& vsn) {
  const operation ours(*this, "remove of " + vsn, {"operator"});
  if (!ours)
    return failure(errc::install_in_progress, why_busy());
  const std::lock_guard lock(store_mutex_);
  return store_.remove_release(vsn);
}

result<> release_handler::make_permanent(const std::string& vsn,
                                         const requester& by) {
  const operation ours(*this, "commit of " + vsn, by);
  if (!ours)
    return failure(errc::install_in_progress, why_busy());
  {
    const std::lock_guard lock(store_mutex_);
    INSTAR_TRY(store_.make_permanent(vsn));
    auto noted = history_.add({{"operation", "commit"},
                               {"to", vsn},
                               {"by", by.who},
                               {"outcome", "permanent"}},
                              time_.date());
    if (!noted)
      node_.log(log_level::error, noted.error().message());
  }
  // The way back needs no old code in memory: its file is loaded again then.
  for (const auto& module : node_.code().all_loaded()) {
    if (auto gone = node_.code().soft_purge(module.name); !gone) {
      node_.log(log_level::info, gone.error().message());
    }
  }
  return {};
}

// ---- the way from one release to another -------------------------------------------

/// relup.yaml of the target going up, else of the running one going down; where
/// neither is there, one is compiled from the appups.
result<appup::script> release_handler::find_script(const release_record& from,
                                                   const release_record& to) {
  std::vector<std::string> read;
  const auto look = [&](const release_record& top,
                        bool up) -> result<std::optional<appup::script>> {
    const auto file = store_.release_folder(top.vsn) / "relup.yaml";
    if (files_.kind(file) == file_kind::missing) {
      return std::optional<appup::script>();
    }
    auto relup = appup::read_relup(files_, file);
    if (!relup)
      return failure(errc::bad_relup_file, relup.error().context);
    if (relup->vsn != top.vsn) {
      return failure(errc::bad_relup_file,
                     fmt::format("{} is the relup of release {}", file.string(),
                                 relup->vsn));
    }
    read.push_back(file.string());
    const auto* entry =
        up ? entry_of(relup->up, from.vsn) : entry_of(relup->down, to.vsn);
    if (entry == nullptr)
      return std::optional<appup::script>();
    return std::optional<appup::script>(entry->script);
  };
  INSTAR_TRY_ASSIGN(auto script, look(to, true));
  if (!script) {
    INSTAR_TRY_ASSIGN(script, look(from, false));
  }
  if (script)
    return std::move(*script);
  if (read.empty())
    return compile(from, to);
  return failure(errc::no_matching_relup,
                 fmt::format("no script leads from release {} to {} (looked in "
                             "{})",
                             from.vsn, to.vsn, fmt::join(read, ", ")));
}

result<appup::script> release_handler::compile(const release_record& from,
                                               const release_record& to) {
  const auto file = [&](const release_record& of) {
    return store_.release_folder(of.vsn) / "release.yaml";
  };
  // Up, as the new release's appups have it; else down, as those of the one that
  // runs have it. Where both fail, the first says more.
  appup::make_relup_request request;
  request.files = &files_;
  request.lib_folders = {store_.root() / "lib"};
  request.release = file(to);
  request.up_from = {file(from)};
  request.down_to = std::vector<path>{};
  const auto up = appup::make_relup(request);
  if (up.ok())
    return std::move(up.relup->up.front().script);
  request.release = file(from);
  request.up_from = {};
  request.down_to = std::vector<path>{file(to)};
  const auto down = appup::make_relup(request);
  if (down.ok())
    return std::move(down.relup->down.front().script);
  for (const auto* answer : {&up, &down}) {
    if (!is_way_missing(answer->errors))
      return answer->to_result().error();
  }
  return failure(errc::no_matching_relup,
                 fmt::format("no relup.yaml leads from release {} to {}, and "
                             "none can be compiled:\n{}\n{}",
                             from.vsn, to.vsn, appup::to_text(up.errors),
                             appup::to_text(down.errors)));
}

result<check_report> release_handler::check_install_release(
    const std::string& vsn, const install_options& options,
    const event_sink& emit) {
  const operation ours(*this, "check of " + vsn, {"operator"});
  if (!ours)
    return failure(errc::install_in_progress, why_busy());
  check_report report;
  release_data target;
  {
    const std::lock_guard lock(store_mutex_);
    INSTAR_TRY_ASSIGN(const auto to, store_.find(vsn));
    const auto from = store_.running();
    if (from.vsn == vsn) {
      return failure(errc::already_installed, "release " + vsn + " runs");
    }
    report.from = from.vsn;
    report.to = vsn;
    INSTAR_TRY_ASSIGN(const auto script, find_script(from, to));
    INSTAR_TRY_ASSIGN(report.todo, make_plan(script));
    INSTAR_TRY_ASSIGN(target, read_release_data(files_, store_.root(), vsn));
  }
  transaction tried(node_, store_.root(), report.todo, target, options, emit,
                    {});
  INSTAR_TRY(tried.check());
  for (const auto& one : report.todo.steps) {
    const auto* modules = std::get_if<batch>(&one);
    if (modules == nullptr)
      continue;
    for (const auto& module : modules->modules) {
      const auto* code = node_.code().current(module.module);
      report.processes[module.module] =
          code == nullptr ? 0 : code->box_count.load();
    }
  }
  return report;
}

install_report release_handler::install_release(const std::string& vsn,
                                                const install_options& options,
                                                const requester& by,
                                                const event_sink& emit) {
  return change_to("install", vsn, options, by, emit);
}

install_report release_handler::change_to(const char* what,
                                          const std::string& vsn,
                                          const install_options& options,
                                          const requester& by,
                                          const event_sink& emit) {
  install_report report;
  report.to = vsn;
  const std::string_view link =
      what == std::string_view("rollback") ? "to" : "of";
  const operation ours(*this, fmt::format("{} {} {}", what, link, vsn), by,
                       true);
  if (!ours) {
    report.error = failure(errc::install_in_progress, why_busy());
    report.from = running().vsn;
    return report;
  }
  if (auto done = prepare(vsn, options, emit, report); !done) {
    report.error = done.error();
  }
  record(what, report, by);
  return report;
}

/// The installation itself; the report says how it went.
result<> release_handler::prepare(const std::string& vsn,
                                  const install_options& options,
                                  const event_sink& emit,
                                  install_report& report) {
  plan todo;
  release_data target;
  {
    const std::lock_guard lock(store_mutex_);
    const auto from = store_.running();
    report.from = from.vsn;
    INSTAR_TRY_ASSIGN(const auto to, store_.find(vsn));
    if (from.vsn == vsn) {
      return failure(errc::already_installed, "release " + vsn + " runs");
    }
    INSTAR_TRY_ASSIGN(const auto script, find_script(from, to));
    INSTAR_TRY_ASSIGN(todo, make_plan(script));
    INSTAR_TRY_ASSIGN(target, read_release_data(files_, store_.root(), vsn));
  }
  transaction going(node_, store_.root(), todo, target, options, emit,
                    [this] { return is_cancelled_.load(); });
  INSTAR_TRY(going.check());
  auto done = going.run();
  done.from = report.from;
  done.to = report.to;
  report = std::move(done);
  if (!report.ok())
    return {};
  const std::lock_guard lock(store_mutex_);
  previous_ = report.from;
  return store_.set_current(vsn);
}

result<std::string> release_handler::rollback_target(
    std::optional<std::string> to) const {
  if (to)
    return std::move(*to);
  const std::lock_guard lock(store_mutex_);
  const auto& now = store_.running();
  if (store_.permanent().vsn != now.vsn)
    return store_.permanent().vsn;
  if (!previous_.empty())
    return previous_;
  // After a restart nobody knows the order any more: the one unpacked last.
  std::string old;
  for (const auto& one : store_.which_releases()) {
    if (one.status == release_status::old)
      old = one.vsn;
  }
  if (!old.empty())
    return old;
  return failure(errc::no_such_release,
                 "no release ran before " + now.vsn + ": name one with --to");
}

install_report release_handler::rollback(std::optional<std::string> to,
                                         bool commit,
                                         const install_options& options,
                                         const requester& by,
                                         const event_sink& emit) {
  const auto target = rollback_target(std::move(to));
  if (!target) {
    install_report report;
    report.from = running().vsn;
    report.error = target.error();
    return report;
  }
  auto report = change_to("rollback", *target, options, by, emit);
  if (report.ok() && commit) {
    if (auto done = make_permanent(*target, by); !done) {
      report.error = done.error();
    }
  }
  return report;
}

void release_handler::record(const char* what, const install_report& report,
                             const requester& by) {
  auto entry = to_json(report).as_object();
  entry["operation"] = what;
  entry["by"] = by.who;
  const std::lock_guard lock(store_mutex_);
  if (auto noted = history_.add(std::move(entry), time_.date()); !noted) {
    node_.log(log_level::error, noted.error().message());
  }
}

value to_json(const check_report& of) {
  auto made = to_json(of.todo).as_object();
  boost::json::object processes;
  for (const auto& [module, count] : of.processes)
    processes[module] = count;
  made["ok"] = true;
  made["from"] = of.from;
  made["to"] = of.to;
  made["processes"] = std::move(processes);
  return made;
}

}  // namespace instar::release_handler
