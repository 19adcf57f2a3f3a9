// A whole node: it starts the permanent release of a folder and serves its operators
// until it is told to stop.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"

#include <memory>
#include <optional>
#include <string>

namespace instar::release_handler {

struct node_options {
  path root;
  /// Instead of the permanent release.
  std::optional<std::string> release;
};

/// One thread.
class node {
public:
  /// Starts everything; a failure has stopped again what was started.
  /// Errors: those of release_store::open, manifests and modules, init_failed.
  static result<std::unique_ptr<node>> start(const node_options& options);
  ~node();

  /// Returns when SIGTERM or SIGINT comes, or an operator stops the node.
  void run();
  std::string running_release() const;

private:
  struct parts;
  explicit node(std::unique_ptr<parts> made);
  std::unique_ptr<parts> parts_;
};

}  // namespace instar::release_handler
