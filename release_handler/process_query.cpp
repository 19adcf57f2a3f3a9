#include "release_handler/process_query.hpp"

#include "base/text.hpp"
#include "release_handler/query_parameters.hpp"
#include "runtime/process_table.hpp"

#include <boost/describe/enum.hpp>
#include <boost/describe/enum_from_string.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace instar::release_handler {

BOOST_DESCRIBE_ENUM(process_order, pid, name, behaviour, module, vsn, status,
                    mailbox)

namespace {

constexpr std::size_t most_processes =
    process_table::chunk_size * process_table::chunk_limit;

result<> read(process_query& into, const std::string& key,
              const std::string& text) {
  if (key == "module") {
    into.module = text;
  } else if (key == "name") {
    into.name = text;
  } else if (key == "behaviour") {
    into.behaviour = text;
  } else if (key == "status") {
    constexpr std::array<std::string_view, 3> statuses = {
        "running", "suspended", "timeout"};
    if (std::find(statuses.begin(), statuses.end(), text) == statuses.end())
      return wrong_parameter(key, "running, suspended or timeout", text);
    into.status = text;
  } else if (key == "min_mailbox") {
    INSTAR_TRY_ASSIGN(into.min_mailbox, read_number(key, text, 0));
  } else if (key == "limit") {
    INSTAR_TRY_ASSIGN(into.limit, read_number(key, text, 1, most_processes));
  } else if (key == "reverse") {
    INSTAR_TRY_ASSIGN(into.is_reversed, read_flag(key, text));
  } else if (key == "sort") {
    if (!boost::describe::enum_from_string(text.c_str(), into.order)) {
      return wrong_parameter(
          key, "pid, name, behaviour, module, vsn, status or mailbox", text);
    }
  } else {
    return unknown_parameter(key, {"module", "name", "behaviour", "status",
                                   "min_mailbox", "sort", "reverse", "limit"});
  }
  return {};
}

/// What a row is sorted by, where it is a text.
std::string_view text_of(process_order order, const process_row& row) {
  switch (order) {
    case process_order::name:
      return row.name;
    case process_order::behaviour:
      return row.behaviour;
    case process_order::module:
      return row.module;
    case process_order::vsn:
      return row.vsn;
    case process_order::status:
      return row.status;
    case process_order::pid:
    case process_order::mailbox:
      break;
  }
  return {};
}

bool comes_before(process_order order, const process_row& one,
                  const process_row& other) {
  if (order == process_order::mailbox && one.mailbox != other.mailbox)
    return one.mailbox > other.mailbox;
  const auto text = text_of(order, one);
  const auto other_text = text_of(order, other);
  if (text != other_text) {
    return text.empty() || other_text.empty() ? other_text.empty()
                                              : text < other_text;
  }
  return one.process < other.process;
}

}  // namespace

bool process_query::asks_all() const {
  return !behaviour.empty() || !status.empty() ||
         order == process_order::behaviour || order == process_order::vsn ||
         order == process_order::status;
}

bool process_query::sees_names() const {
  return !name.empty() || !module.empty() || order == process_order::name ||
         order == process_order::module;
}

result<process_query> read_process_query(
    const std::map<std::string, std::string>& query) {
  process_query made;
  for (const auto& [key, text] : query)
    INSTAR_TRY(read(made, key, text));
  return made;
}

bool fits_outside(const process_query& query, const process_row& row) {
  if (row.mailbox < query.min_mailbox)
    return false;
  if (!query.module.empty() && row.module != query.module)
    return false;
  return query.name.empty() ||
         (!row.name.empty() && matches(row.name, query.name));
}

bool fits(const process_query& query, const process_row& row) {
  return fits_outside(query, row) &&
         (query.status.empty() || row.status == query.status) &&
         (query.behaviour.empty() || row.behaviour == query.behaviour);
}

void sort_and_cut(const process_query& query, std::vector<process_row>& rows) {
  const auto is_before = [&](const process_row& one, const process_row& other) {
    return query.is_reversed ? comes_before(query.order, other, one)
                             : comes_before(query.order, one, other);
  };
  if (query.limit >= rows.size()) {
    std::sort(rows.begin(), rows.end(), is_before);
    return;
  }
  const auto end = rows.begin() + static_cast<std::ptrdiff_t>(query.limit);
  std::nth_element(rows.begin(), end, rows.end(), is_before);
  rows.erase(end, rows.end());
  std::sort(rows.begin(), rows.end(), is_before);
}

}  // namespace instar::release_handler
