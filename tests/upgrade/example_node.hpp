// A node in this process that runs one built example: real threads, real
// sockets, the modules from an example's library folder.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "module/change.hpp"
#include "runtime/application_controller.hpp"
#include "runtime/asio_scheduler.hpp"
#include "runtime/runtime.hpp"
#include "runtime/socket_server.hpp"
#include "runtime/upgrade.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace instar::testing {

/// One thread: the test's.
class example_node {
public:
  /// `folder` has lib/, as the build makes it.
  example_node(path folder, std::string application, std::size_t workers = 2);
  ~example_node();
  example_node(const example_node&) = delete;
  example_node& operator=(const example_node&) = delete;

  /// Loads a version's modules and starts the application.
  result<> start(std::string_view vsn, boost::json::object env);
  /// The modules that go over, and what their code_change is told.
  using updates = std::map<std::string, value>;
  /// One batch: an advanced update of each module.
  result<upgrade_report> change_to(std::string_view vsn, const updates& modules,
                                   direction way);

  /// What a registered process keeps.
  value state_of(std::string_view name);
  std::string current_vsn(std::string_view module) const;
  runtime& node() { return node_; }

private:
  path module_file(std::string_view vsn, const std::string& module) const;

  const path folder_;
  const std::string application_;
  const path spool_;
  real_file_system files_;
  asio_scheduler sched_;
  runtime node_;
  socket_server sockets_;
};

}  // namespace instar::testing
