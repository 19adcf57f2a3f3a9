// For the tests of applications: a node of one thread that a test steps, with the
// built modules of two versions in it.
//
//   instar::testing::stepped_node node;
//   node.start_application("lib/counter-1.0.0");
//   node.cast_json("counter", {{"add", {{"amount", 5}}}});
//   node.upgrade_application("lib/counter-1.1.0");
//   node.state("counter");               // JSON
//
// It knows no test framework: what can fail gives a result, which is printed with
// the complete text of its error where a test requires it. Everything happens inside the calls below, in the test's own thread; time stands still
// but in `advance` and where a call waits. There are no sockets, so an
// application that listens is loaded, and its processes are started one by one.
//
// As much of a node as an upgrade needs: the appup is compiled, checked and
// carried out by the same code as on a node, and undone where it fails.
#pragma once

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"
#include "base/value.hpp"
#include "module/type_node.hpp"
#include "runtime/runtime.hpp"
#include "runtime/upgrade.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace instar::testing {

struct node_options {
  /// The order in which processes run is drawn from it; none: first come first
  /// served. Equal seeds give equal runs.
  std::optional<std::uint64_t> seed = {};
  /// Upgrades that cannot be taken back exactly are carried out too, as with
  /// `release install --allow-irreversible`.
  bool allow_irreversible = false;
};

/// What a process kept before a way up, at its top, and when it was down again.
struct round_trip_states {
  value before;
  value above;
  value after;
};

/// One thread, that which made it. A program has one at a time.
class stepped_node {
public:
  /// Makes a folder in the folder for temporary files (TMPDIR), from which
  /// modules can be mapped; it goes with the node.
  explicit stepped_node(node_options options = {});
  /// Stops applications and processes.
  ~stepped_node();
  stepped_node(const stepped_node&) = delete;
  stepped_node& operator=(const stepped_node&) = delete;

  // ---- code and processes

  /// A module's file, which becomes current, or an application's folder (with
  /// app.yaml and modules/): its modules become current, its environment is
  /// there, and nothing is started. Errors: manifests' and module files',
  /// already_loaded (another version of the application: upgrade it), no_exec.
  result<> load(const path& module_or_folder);
  /// Loads an application where it is not loaded yet, and starts it. Errors:
  /// load's, not_started (an application that it needs), init_failed.
  result<> start_application(const path& folder);
  /// Starts one process, registered where it has a name, and waits for its init.
  /// Errors: no_such_module, init_failed, already_started.
  result<pid> start(const std::string& module, value args = {},
                    const std::string& name = {});
  /// As config.yaml of a release: over the environment of app.yaml, from now on
  /// and in every version.
  void set_env(const std::string& application, const std::string& key,
               value to);

  // ---- messages

  /// Calls or casts with `{"NAME": {FIELDS}}`, as `instar call` does, or just with
  /// `"NAME"`. A cast is only put into the mailbox. Errors: noproc, bad_message (naming what the
  /// module takes), bad_value (naming the field), timeout.
  result<value> call_json(const target& to, const value& m,
                          duration timeout = default_call_timeout);
  result<> cast_json(const target& to, const value& m);

  /// With a message type that the test includes. It must have the module's name
  /// and fields: compile the test with `INSTAR_VSN=instar_v_test` where the
  /// header puts it into `inline namespace INSTAR_VSN`. The reply is carried
  /// over by field name where the module has another version of its type.
  /// Errors: noproc, bad_message, timeout.
  template <class Reply = std::monostate, class Message>
  auto call(const target& to, Message&& m,
            duration timeout = default_call_timeout);
  template <class Message>
  void cast(const target& to, Message&& m) {
    runtime().deliver(to.find(runtime()), make_message(std::forward<Message>(m),
                                                       message_kind::cast));
  }
  template <class Message>
  void send(const target& to, Message&& m) {
    runtime().deliver(to.find(runtime()), make_message(std::forward<Message>(m),
                                                       message_kind::info));
  }

  // ---- time

  /// Until nothing may run without the clock moving on.
  void run_until_idle();
  /// Moves the clock on, from timer to timer, and runs what each makes possible.
  void advance(duration by);
  /// The node's date, as modules read it.
  std::chrono::milliseconds system_time() const;

  // ---- states

  /// What a process keeps, when all that may run has run. Elements of unordered
  /// containers stand in an order of their own, so that equal states are equal
  /// JSON. Errors: noproc.
  result<value> state(const target& process);
  /// Replaces a state by JSON, when all that may run has run; fields that are not
  /// given keep their values. Errors: noproc, bad_value (naming the field),
  /// not_supported.
  result<> replace_state(const target& process, const value& state);
  /// The type of the state of a module's current version, for
  /// instar/testing/rapidcheck.hpp; null where it is no gen_server. Valid while
  /// that version is loaded.
  const type_node* state_type(const std::string& module) const;

  // ---- upgrades

  /// Takes an application to the version in `folder` by the appup beside the newer
  /// one, as `release install` would. An application that is not loaded is added.
  /// Errors: those of a check (the appup's with file, line and caret,
  /// layout_mismatch, irreversible, ...) and of an upgrade that was undone
  /// (code_change_failed, not_quiet, effect_failed): the node runs on as before.
  result<upgrade_report> upgrade_application(const path& folder);
  /// Likewise down: by the appup of the version that runs.
  result<upgrade_report> downgrade_application(const path& folder);
  /// All in one release.
  result<upgrade_report> upgrade_applications(const std::vector<path>& folders);
  result<upgrade_report> downgrade_applications(
      const std::vector<path>& folders);

  /// Without an appup: these module files as one batch, with code_change, each of
  /// which is told `extra`. As `instar code upgrade`. Errors: module files',
  /// no_such_module (not loaded: load it), layout_mismatch, code_change_failed.
  result<upgrade_report> upgrade(const std::vector<path>& files,
                                 value extra = {});
  result<upgrade_report> downgrade(const std::vector<path>& files,
                                   value extra = {});

  /// Goes up to an application's folder or a module's file, and down again to
  /// what runs now. Errors: state's, upgrade's; the text says which way. After a
  /// failure on the way down the node is above.
  result<round_trip_states> round_trip(const target& process,
                                       const path& newer);

  // ---- what the node is

  /// The version of a module's current code; empty: it is not loaded.
  std::string vsn(const std::string& module) const;
  /// What was logged, by modules and by the node.
  const std::vector<std::string>& logged() const;
  /// For what is not here.
  class runtime& runtime();

private:
  class parts;

  std::unique_ptr<parts> parts_;
};

template <class Reply, class Message>
auto stepped_node::call(const target& to, Message&& m, duration timeout) {
  using type =
      typename std::conditional_t<std::is_same_v<Reply, std::monostate>,
                                  detail::reply_of<Message>,
                                  std::type_identity<Reply>>::type;
  auto answer = runtime().call(
      to, make_message(std::forward<Message>(m), message_kind::call), timeout);
  if (!answer)
    return result<type>(answer.error());
  type made{};
  if ((*answer)->key == &key_of<type>()) {
    made = std::move(*static_cast<type*>((*answer)->payload()));
  } else if (!detail::carry_reply(type_of<type>(), &made, **answer)) {
    return result<type>(
        failure(errc::bad_message, "the reply is a " + (*answer)->key->name));
  }
  return result<type>(std::move(made));
}

}  // namespace instar::testing

namespace instar {

/// So that REQUIRE(node.upgrade_application(...)) shows the whole error.
template <class T>
std::ostream& operator<<(std::ostream& to, const result<T>& of) {
  if (!of)
    return to << of.error().tag() << ": " << of.error().message();
  if constexpr (std::is_same_v<T, value>) {
    return to << *of;
  } else {
    return to << "done";
  }
}

}  // namespace instar
