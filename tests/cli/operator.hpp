// A node that answers what a test says, and the command that asks it.
#pragma once

#include "tests/cli/process.hpp"
#include "tests/release_handler/fake_node.hpp"

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace instar::cli::test {

/// Any thread of the server; one test.
class scripted_node {
public:
  scripted_node();

  /// What `METHOD PATH` is answered with, as JSON, after these events. Anything
  /// else gets 404.
  void on(const std::string& request, std::string_view body, int status = 200,
          const std::vector<std::string_view>& events = {});

  /// Runs the command with --node before its arguments.
  finished ask(std::vector<std::string> arguments);
  /// The requests so far, `METHOD PATH BODY`, and forgets them.
  std::vector<std::string> requests();
  path socket() const { return node_.socket(); }

private:
  struct script {
    int status;
    value body;
    std::vector<value> events;
  };
  release_handler::api_response handle(
      const release_handler::api_request& request,
      const release_handler::event_sink& emit);

  std::mutex mutex_;
  std::map<std::string, script> scripts_;
  std::vector<std::string> requests_;
  // Last: it serves as soon as it is there.
  release_handler::test::fake_node node_;
};

}  // namespace instar::cli::test
