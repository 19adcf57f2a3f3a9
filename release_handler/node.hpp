// A whole node: it starts the permanent release of a folder and serves its operators
// until it is told to stop.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace instar::release_handler {

struct node_options {
  path root;
  /// Instead of the permanent release; nothing where a start in another one was
  /// asked for.
  std::optional<std::string> release;
  /// Starts this program anew, in its place, without `release`: it does not
  /// return. Any thread. Without it no release may ask for that.
  std::function<void()> start_over = {};
  /// Goes on as the program that comes with the release's runtime, where this is
  /// another one: returns if it is that one. Errors: the system's.
  std::function<result<>(const path& program)> enter_runtime = {};
};

/// One thread.
class node {
public:
  /// Starts everything; a failure has stopped again what was started.
  /// Errors: those of release_store::open, manifests and modules, init_failed.
  static result<std::unique_ptr<node>> start(const node_options& options);
  ~node();

  enum class end {
    stopped,
    /// An installation or an operator wants it started anew: destroy it, then
    /// start_over().
    restart,
    /// A permanent application has ended, or a transient one for another reason
    /// than normal: why_ended() says which. As OTP's.
    application_terminated,
  };
  /// Returns when SIGTERM or SIGINT comes, an operator stops the node, or an
  /// application ends it.
  end run();
  /// After run() has said application_terminated.
  failure why_ended() const;
  std::string running_release() const;

private:
  struct parts;
  static result<> start_parts(parts& p, const node_options& options);
  explicit node(std::unique_ptr<parts> made);
  std::unique_ptr<parts> parts_;
};

}  // namespace instar::release_handler
