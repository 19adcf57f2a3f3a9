// Which of a node's processes somebody wants to see: the query of GET
// /v1/processes. Data and decisions; who asks the processes is process_list.
#pragma once

#include "base/result.hpp"
#include "runtime/pid.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace instar::release_handler {

enum class process_order { pid, name, behaviour, module, vsn, status, mailbox };

struct process_query {
  /// So many are shown where the request does not say.
  static constexpr std::size_t default_limit = 10'000;

  // Empty: any.
  std::string module;
  /// With * and ?; who has no name does not match.
  std::string name;
  std::string behaviour;
  std::string status;
  std::uint64_t min_mailbox = 0;
  process_order order = process_order::pid;
  bool is_reversed = false;
  std::size_t limit = default_limit;

  /// Whether more must be known of each process than can be seen from outside.
  bool asks_all() const;
  /// Whether it is chosen or sorted by name or module.
  bool sees_names() const;
};

/// Of a request's query, decoded. Errors: badarg, which names what is wrong.
result<process_query> read_process_query(
    const std::map<std::string, std::string>& query);

/// What is known of a process.
struct process_row {
  pid process;
  std::string name;
  std::string module;
  std::uint64_t mailbox = 0;
  pid waiting_for;
  // Where it was asked.
  std::string behaviour;
  std::string vsn;
  std::string status;
};

/// Whether it fits what can be seen from outside; without the status and the
/// behaviour.
bool fits_outside(const process_query& query, const process_row& row);
/// Whether it fits all.
bool fits(const process_query& query, const process_row& row);

/// The rows that come first, as many as are wanted, in order: names and texts from
/// a on with those without one last, mailboxes the longest first, equal ones by pid.
/// Reversed the other way round.
void sort_and_cut(const process_query& query, std::vector<process_row>& rows);

}  // namespace instar::release_handler
