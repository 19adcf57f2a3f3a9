// A node in this process with a release handler, real threads, sockets, files and
// modules; and the packages that a test makes for it.
//
// Its first release, "1", has three applications at 1.0: `frame` with the
// processes red_1, red_2, red_3, blue_1, blue_2, relay_1 and a pool; `cell` with
// the modules red and ink; `other` with the module blue.
#pragma once

#include "release_handler/release_handler.hpp"
#include "runtime/application_controller.hpp"
#include "runtime/asio_scheduler.hpp"
#include "runtime/runtime.hpp"
#include "runtime/socket_server.hpp"
#include "tests/support/result.hpp"
#include "tests/support/routed_file_system.hpp"
#include "tests/upgrade/releases/modules/cell_messages.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace instar::release_handler::test {

using namespace std::chrono_literals;

/// One application of a package.
struct application {
  std::string name;
  std::string vsn;
  std::vector<std::string> modules;
  /// The text of appup.yaml; empty: none.
  std::string appup = {};
  /// `mod` of app.yaml.
  std::string mod = {};
  /// More lines of app.yaml.
  std::string more = {};
};
application frame();
/// cell of a version with an appup; `red` is its red module's version.
application cell_at(const std::string& vsn, std::string appup = {});
application other_at(const std::string& vsn, std::string appup = {});
/// An appup from and to 1.0 with the same instructions, one per line.
std::string both_ways(const std::string& vsn, const std::string& instructions);
/// From 1.0 only.
std::string up_only(const std::string& vsn, const std::string& instructions);
/// `update: {module: M, change: {advanced: null}}`
std::string advanced(const std::string& module);

/// One thread: the test's, but for install() and handler().
class release_node {
public:
  /// With `logs` the node's folder log/ is there, and must outlive this.
  explicit release_node(std::size_t workers = 2,
                        instar::test::memory_file_system* logs = nullptr);
  ~release_node();
  release_node(const release_node&) = delete;
  release_node& operator=(const release_node&) = delete;

  /// Makes a package and unpacks it. A module file that the build does not have
  /// is left out.
  void add_release(const std::string& vsn,
                   const std::vector<application>& applications,
                   const std::string& relup = {});
  /// frame, cell and other, two of them at that version.
  /// Writes config.yaml of an unpacked release.
  void configure(const std::string& vsn, const std::string& config);
  void add_release_2(const std::string& cell_appup,
                     const std::string& other_appup = {});
  /// Its folder stays, for a node in another process.
  void stop() { running_.reset(); }
  /// All that is in memory is gone; what the disk says starts again.
  void restart();
  /// As the node that restart_emulator starts anew: in the release that was asked
  /// for. False: it has to be tried again.
  bool boot();

  install_report install(const std::string& vsn, install_options options = {});
  instar::release_handler::release_handler& handler() {
    return *running_->handler;
  }
  runtime& node() { return running_->node; }
  real_file_system& files() { return files_; }
  const path& root() const { return root_; }
  path module_file(const std::string& lib, const std::string& module) const;
  /// Overwrites a module file of an unpacked release by one of the build.
  void replace_module(const std::string& lib, const std::string& module,
                      const std::string& build_module,
                      const std::string& build_vsn);

  /// "1 permanent, 2 current"
  std::string statuses();
  /// As RELEASES.yaml has them.
  std::string stored();
  /// Everything that an upgrade may change, as text: statuses, code,
  /// applications, and each process with its pid, code and state.
  std::string snapshot();
  /// Every process answers, each calls another one.
  bool all_serve();

  template <class Message>
  typename Message::reply call(std::string_view name, Message m = {}) {
    auto answer = node().call<typename Message::reply>(name, std::move(m), 60s);
    REQUIRE_MESSAGE(answer, answer.error().message());
    return std::move(*answer);
  }
  template <class Message>
  void cast(std::string_view name, Message m) {
    node().cast(node().whereis(name), std::move(m));
  }
  std::string who(std::string_view name) { return call<cell::who>(name); }
  /// What get_state gives.
  std::string state(std::string_view name);
  std::string current_vsn(const std::string& module);
  std::string old_vsn(const std::string& module);

  /// Module files of this node that are mapped now, and files in its spool.
  std::size_t mapped() const;
  std::size_t spooled() const;
  std::vector<std::string> warnings();
  /// Of which applications a node would have ended.
  std::vector<std::string> lost();

private:
  /// What a crash takes away.
  struct process_part {
    process_part(release_node& owner, std::size_t workers);
    ~process_part();
    asio_scheduler sched;
    runtime node;
    socket_server sockets;
    std::unique_ptr<instar::release_handler::release_handler> handler;
  };

  path put_package(const std::string& vsn,
                   const std::vector<application>& applications,
                   const std::string& relup);
  void start(std::optional<boot_record> boot = std::nullopt);

  const std::size_t workers_;
  const path folder_;
  const path root_;
  real_file_system files_;
  std::optional<instar::test::routed_file_system> routed_;
  /// What the node writes to: log/ and boot.json may be in memory.
  file_system& node_files_;
  real_clock time_;
  std::mutex mutex_;
  std::vector<std::string> warnings_;
  std::vector<std::string> lost_;
  std::unique_ptr<process_part> running_;
};

/// "refused not_quiet: TEXT" or "installed"; the node's folder as ROOT.
std::string outcome_of(release_node& node, const install_report& report);

/// A process that is inside a handler until leave().
class blocked_process {
public:
  /// Returns when it is inside.
  blocked_process(release_node& node, std::string_view name);
  ~blocked_process();
  blocked_process(const blocked_process&) = delete;
  blocked_process& operator=(const blocked_process&) = delete;
  void leave();

private:
  int entered_[2];
  int leave_[2];
  bool is_inside_ = true;
};

/// An installation that runs meanwhile.
class background_install {
public:
  background_install(release_node& node, const std::string& vsn,
                     install_options options = {});
  ~background_install();
  background_install(const background_install&) = delete;
  background_install& operator=(const background_install&) = delete;

  /// Returns at the begin of that phase.
  void wait_for(const std::string& phase);
  install_report finish();

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> phases_;
  bool is_done_ = false;
  install_report report_;
  std::thread thread_;
};

}  // namespace instar::release_handler::test
