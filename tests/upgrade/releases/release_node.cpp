#include "tests/upgrade/releases/release_node.hpp"

#include "release_handler/release_data.hpp"
#include "release_handler/start_release.hpp"
#include "runtime/sys.hpp"

#include <boost/filesystem/directory.hpp>
#include <boost/filesystem/operations.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>

namespace instar::release_handler::test {
namespace {

namespace fs = boost::filesystem;

constexpr const char* names[] = {"red_1",  "red_2",  "red_3",
                                 "blue_1", "blue_2", "relay_1"};

path built(const std::string& module, const std::string& vsn) {
  return path(INSTAR_TEST_MODULES) / (module + "-" + vsn) / (module + ".so");
}

void put(file_system& files, const path& file, const std::string& text) {
  REQUIRE(files.make_folders(file.parent_path()));
  REQUIRE(files.write(file, text));
}

std::string join(const std::vector<std::string>& all) {
  return fmt::format("{}", fmt::join(all, ", "));
}

}  // namespace

// ---- packages ---------------------------------------------------------------

application frame() {
  return {.name = "frame",
          .vsn = "1.0",
          .modules = {"frame_app", "frame_sup", "frame_pool", "relay"},
          .mod = "{module: frame_app, args: {}}"};
}

application cell_at(const std::string& vsn, std::string appup) {
  return {.name = "cell",
          .vsn = vsn,
          .modules = {"red", "ink"},
          .appup = std::move(appup)};
}

application other_at(const std::string& vsn, std::string appup) {
  return {.name = "other",
          .vsn = vsn,
          .modules = {"blue"},
          .appup = std::move(appup)};
}

std::string up_only(const std::string& vsn, const std::string& instructions) {
  return fmt::format(
      "vsn: \"{}\"\nup:\n  - from: \"1.0\"\n    instructions: [{}]\n", vsn,
      instructions);
}

std::string both_ways(const std::string& vsn, const std::string& instructions) {
  return up_only(vsn, instructions) +
         fmt::format("down:\n  - to: \"1.0\"\n    instructions: [{}]\n",
                     instructions);
}

std::string advanced(const std::string& module) {
  return fmt::format("{{update: {{module: {}, change: {{advanced: null}}}}}}",
                     module);
}

path release_node::put_package(const std::string& vsn,
                               const std::vector<application>& applications,
                               const std::string& relup) {
  const auto package = folder_ / "packages" / vsn;
  std::string release =
      fmt::format("release: tested\nvsn: \"{}\"\napplications:\n", vsn);
  for (const auto& one : applications) {
    release += fmt::format("  - {}: \"{}\"\n", one.name, one.vsn);
    const auto lib = package / "lib" / (one.name + "-" + one.vsn);
    auto app = fmt::format("application: {}\nvsn: \"{}\"\nmodules: [{}]\n",
                           one.name, one.vsn, join(one.modules));
    if (!one.mod.empty())
      app += "mod: " + one.mod + "\n";
    app += one.more;
    put(files_, lib / "app.yaml", app);
    if (!one.appup.empty())
      put(files_, lib / "appup.yaml", one.appup);
    REQUIRE(files_.make_folders(lib / "modules"));
    for (const auto& module : one.modules) {
      if (files_.kind(built(module, one.vsn)) == file_kind::missing)
        continue;
      REQUIRE(files_.copy_file(built(module, one.vsn),
                               lib / "modules" / (module + ".so")));
    }
  }
  put(files_, package / "releases" / vsn / "release.yaml", release);
  if (!relup.empty())
    put(files_, package / "releases" / vsn / "relup.yaml", relup);
  return package;
}

void release_node::add_release(const std::string& vsn,
                               const std::vector<application>& applications,
                               const std::string& relup) {
  const auto unpacked =
      handler().unpack_release(put_package(vsn, applications, relup));
  REQUIRE(unpacked);
}

void release_node::add_release_2(const std::string& cell_appup,
                                 const std::string& other_appup) {
  add_release("2", {cell_at("2.0", cell_appup),
                    other_at(other_appup.empty() ? "1.0" : "2.0", other_appup),
                    frame()});
}

void release_node::configure(const std::string& vsn,
                             const std::string& config) {
  REQUIRE(files_.write(root_ / "releases" / vsn / "config.yaml", config));
}

path release_node::module_file(const std::string& lib,
                               const std::string& module) const {
  return root_ / "lib" / lib / "modules" / (module + ".so");
}

void release_node::replace_module(const std::string& lib,
                                  const std::string& module,
                                  const std::string& build_module,
                                  const std::string& build_vsn) {
  const auto file = module_file(lib, module);
  static_cast<void>(files_.remove(file));
  REQUIRE(files_.copy_file(built(build_module, build_vsn), file));
}

// ---- the node ---------------------------------------------------------------

release_node::process_part::process_part(release_node& owner,
                                         std::size_t workers)
    : sched(workers),
      node(sched, owner.node_files_,
           {.spool = owner.folder_ / "spool",
            .log =
                [&owner](log_level level, std::string_view text) {
                  const std::lock_guard lock(owner.mutex_);
                  if (level >= log_level::warning)
                    owner.warnings_.emplace_back(text);
                },
            .scans_before_unload = true}),
      sockets(node, sched.io()) {
  node.set_sockets(&sockets);
}

release_node::process_part::~process_part() {
  node.stop();
  sockets.close_all();
  sched.stop();
  node.set_sockets(nullptr);
}

release_node::release_node(std::size_t workers,
                           instar::test::memory_file_system* logs)
    : workers_(workers),
      folder_(fs::temp_directory_path() /
              fs::unique_path("instar-%%%%%%%%%%%%")),
      root_(folder_ / "node"),
      routed_(logs == nullptr
                  ? std::nullopt
                  : std::optional<instar::test::routed_file_system>(
                        std::in_place, files_, *logs,
                        std::vector<path>{root_ / "log",
                                          root_ / "releases" / "boot.json"})),
      node_files_(routed_ ? static_cast<file_system&>(*routed_) : files_) {
  if (logs != nullptr) {
    REQUIRE(logs->make_folders(root_ / "releases"));
    logs->sync_all();
  }
  REQUIRE(files_.make_folders(root_));
  const auto package =
      put_package("1", {cell_at("1.0"), other_at("1.0"), frame()}, {});
  REQUIRE(release_store::create(files_, root_, package));
  start();
}

release_node::~release_node() {
  running_.reset();
  boost::system::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void release_node::start(std::optional<boot_record> boot) {
  auto store = release_store::open(files_, root_);
  REQUIRE(store);
  if (boot && boot->now == boot_record::state::trying)
    REQUIRE(store->set_current(boot->to));
  const auto release = read_release_data(files_, root_, store->running().vsn);
  REQUIRE(release);
  running_ = std::make_unique<process_part>(*this, workers_);
  const auto started = start_release(running_->node, *release, root_);
  REQUIRE(started);
  running_->handler =
      std::make_unique<instar::release_handler::release_handler>(
          running_->node, node_files_, std::move(*store), time_,
          package_rules{}, std::move(boot));
  const auto note = [this](const application_end& what) {
    const std::lock_guard lock(mutex_);
    lost_.push_back(what.text());
  };
  running_->handler->set_stop(note);
  running_->node.applications().on_end(
      [note, &handler = *running_->handler](const application_end& what) {
        if (what.ends_node() && !handler.application_ended(what))
          note(what);
      });
}

bool release_node::boot() {
  running_.reset();
  auto asked = read_boot_record(node_files_, root_);
  if (!asked)
    return false;
  if (*asked && (*asked)->now == boot_record::state::asked) {
    (*asked)->now = boot_record::state::trying;
    if (!write_boot_record(node_files_, root_, **asked))
      return false;
  } else if (*asked) {
    (*asked)->now = boot_record::state::failed;
  }
  start(std::move(*asked));
  const auto up =
      handler().finish_boot([] { return false; }, [] { return true; });
  return static_cast<bool>(up);
}

void release_node::restart() {
  running_.reset();
  start();
}

install_report release_node::install(const std::string& vsn,
                                     install_options options) {
  return handler().install_release(vsn, options, {"tester"}, {});
}

// ---- looking on -------------------------------------------------------------

std::string release_node::statuses() {
  std::vector<std::string> all;
  for (const auto& one : handler().which_releases())
    all.push_back(one.vsn + " " + to_string(one.status));
  return join(all);
}

std::string release_node::stored() {
  const auto read = read_releases(files_, root_ / "releases" / "RELEASES.yaml");
  REQUIRE(read);
  std::vector<std::string> all;
  for (const auto& one : *read)
    all.push_back(one.vsn + " " + to_string(one.status));
  return join(all);
}

std::string release_node::state(std::string_view name) {
  // A system message would overtake what was cast before.
  static_cast<void>(who(name));
  const auto found = sys::get_state(node(), node().whereis(name));
  REQUIRE_MESSAGE(found, found.error().message());
  return boost::json::serialize(*found);
}

std::string release_node::current_vsn(const std::string& module) {
  const auto* code = node().code().current(module);
  return code == nullptr ? "none" : code->vsn;
}

std::string release_node::old_vsn(const std::string& module) {
  const auto* code = node().code().old(module);
  return code == nullptr ? "none" : code->vsn;
}

std::string release_node::snapshot() {
  auto text = fmt::format("{}\n{}\n", statuses(), stored());
  for (const auto& one : node().code().all_loaded()) {
    text += fmt::format("{} {} {} old {}\n", one.name, one.current_vsn,
                        one.current_boxes, one.old_boxes);
  }
  for (const auto& one : node().applications().all()) {
    text +=
        fmt::format("{} {} {} {}\n", one.name, one.vsn,
                    one.is_running ? "runs" : "is stopped", to_string(one.top));
  }
  for (const auto* name : names) {
    text += fmt::format("{} {} {} {}\n", name, to_string(node().whereis(name)),
                        who(name), state(name));
  }
  return text;
}

bool release_node::all_serve() {
  for (const auto* name : names) {
    cell::pass chain;
    for (const auto* next : names) {
      if (std::string_view(next) != name)
        chain.path.emplace_back(next);
    }
    if (call(name, chain) != 6)
      return false;
  }
  return true;
}

std::size_t release_node::mapped() const {
  struct search {
    std::string folder;
    std::size_t count;
  } found{(folder_ / "spool").string(), 0};
  ::dl_iterate_phdr(
      [](dl_phdr_info* about, std::size_t, void* data) {
        auto& wanted = *static_cast<search*>(data);
        if (std::string_view(about->dlpi_name).starts_with(wanted.folder))
          ++wanted.count;
        return 0;
      },
      &found);
  return found.count;
}

std::size_t release_node::spooled() const {
  return static_cast<std::size_t>(std::distance(
      fs::directory_iterator(folder_ / "spool"), fs::directory_iterator()));
}

std::vector<std::string> release_node::warnings() {
  const std::lock_guard lock(mutex_);
  return warnings_;
}

std::vector<std::string> release_node::lost() {
  const std::lock_guard lock(mutex_);
  return lost_;
}

std::string outcome_of(release_node& node, const install_report& report) {
  std::string text = to_string(report.outcome);
  if (report.error) {
    text +=
        fmt::format(" {}: {}", report.error->tag(), report.error->message());
  }
  const auto root = node.root().string();
  for (auto at = text.find(root); at != std::string::npos;
       at = text.find(root)) {
    text.replace(at, root.size(), "ROOT");
  }
  return text;
}

// ---- a process inside a handler ---------------------------------------------

blocked_process::blocked_process(release_node& node, std::string_view name) {
  REQUIRE(::pipe(entered_) == 0);
  REQUIRE(::pipe(leave_) == 0);
  node.cast(name, cell::block{entered_[1], leave_[0]});
  char byte = 0;
  REQUIRE(::read(entered_[0], &byte, 1) == 1);
}

void blocked_process::leave() {
  if (std::exchange(is_inside_, false))
    REQUIRE(::write(leave_[1], "x", 1) == 1);
}

blocked_process::~blocked_process() {
  leave();
  // The process's own end of `leave_` stays open: it may not have read yet.
  ::close(entered_[0]);
  ::close(entered_[1]);
  ::close(leave_[1]);
}

// ---- an installation meanwhile ----------------------------------------------

background_install::background_install(release_node& node,
                                       const std::string& vsn,
                                       install_options options) {
  thread_ = std::thread([this, &node, vsn, options] {
    const auto note = [this](const value& event) {
      const std::lock_guard lock(mutex_);
      phases_.emplace_back(event.at("phase").as_string());
      changed_.notify_all();
    };
    auto report = node.handler().install_release(vsn, options, {"first"}, note);
    const std::lock_guard lock(mutex_);
    report_ = std::move(report);
    is_done_ = true;
    changed_.notify_all();
  });
}

background_install::~background_install() {
  if (thread_.joinable())
    thread_.join();
}

void background_install::wait_for(const std::string& phase) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    return is_done_ ||
           std::find(phases_.begin(), phases_.end(), phase) != phases_.end();
  });
}

install_report background_install::finish() {
  thread_.join();
  return report_;
}

}  // namespace instar::release_handler::test
