// Why the command itself could not do something; a node's own errors come in
// its answers.
#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

#include <type_traits>

namespace instar::cli {

enum class errc {
  /// Nobody listens at the socket, or nobody answers in time: start the node,
  /// or name another socket with --node.
  no_node = 1,
  /// The node went away in the middle: see `release history`.
  lost_connection,
  /// Ctrl-C: the operation goes on, see `release history`.
  interrupted,
  /// The node did not answer in time: as interrupted.
  timeout,
  /// What answered there is no node of ours.
  bad_answer,
  /// A file or folder that `app check` looks for is not there.
  no_such_file,
  /// An application's files contradict each other.
  bad_application,
  /// A key is encrypted, and there is neither a terminal nor a file or variable
  /// with its password.
  no_password,
  /// A file that would be replaced: take another name, or --force.
  file_exists,
  /// What needs a terminal has none: run it in one, or with --once.
  not_a_terminal,
};

boost::system::error_code make_error_code(errc code);

}  // namespace instar::cli

template <>
struct boost::system::is_error_code_enum<instar::cli::errc> : std::true_type {};
