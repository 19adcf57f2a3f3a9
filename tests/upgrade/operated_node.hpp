// The kv example as its operators have it: `instar run` in a process of its own,
// signed packages, every step an `instar` command.
#pragma once

#include "base/file_system.hpp"
#include "base/value.hpp"
#include "tests/cli/process.hpp"
#include "tests/upgrade/footprint.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace instar::testing {

/// What a command said.
struct answered {
  int exit_code = 0;
  value body;

  /// Of the body; empty where it is not there.
  std::string text(std::string_view key) const;
  /// The error's tag, or empty.
  std::string tag() const;
};

/// One thread. Starts 1.0.0 on a port of its own, with the others unpacked:
///
///     1.1.0       the example's
///     1.2.0       the example's, from 1.0.0 by way of 1.1.0: its code_change
///                 throws on one shard
///     1.1.0-late  1.1.0 whose relup from 1.0.0 ends with a function that fails
///     1.1.0-sick  1.1.0 whose health check says no
class operated_node {
public:
  operated_node();
  ~operated_node();
  operated_node(const operated_node&) = delete;
  operated_node& operator=(const operated_node&) = delete;

  std::uint16_t port() const { return port_; }
  /// `instar ARGUMENTS --json` on this node.
  answered ask(std::vector<std::string> arguments) const;
  std::string running_vsn() const { return ask({"status"}).text("vsn"); }
  /// Unloads old code; the first module that could not be, or empty.
  std::string purge() const;
  /// With so many connections of clients, and so few descriptors, for which it
  /// waits a while: the node may not have seen yet that others have left.
  footprint settle(std::size_t connections, std::size_t descriptors = 0) const;
  /// What the node has said.
  std::string output() const;
  /// Its exit code.
  int stop();

private:
  void pack(const std::string& vsn, const path& release);
  void unpack(const std::string& vsn);
  path copy_release(const std::string& vsn, const std::string& of) const;
  void make_chained();
  void make_late();
  void make_sick();
  path package(const std::string& vsn) const;

  path folder_;
  std::string socket_;
  std::optional<cli::test::process> process_;
  std::uint16_t port_ = 0;
};

}  // namespace instar::testing
