// Finds a command by its name and checks how many words it has.
#pragma once

#include "kv_conn_state.hpp"
#include "pipeline.hpp"
#include "resp.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kv {
inline namespace INSTAR_VSN {

using words = std::vector<std::string_view>;

struct command {
  /// Lower case.
  std::string_view name;
  /// How many words, the name among them; negative: at least.
  int arity;
  /// Which words are keys, as COMMAND tells clients: first, last, step.
  int first_key, last_key, key_step;
  void (*plan)(conn_state&, const words&, pipeline&);
};

inline std::string lower_case(std::string_view text) {
  std::string made(text);
  for (auto& c : made) {
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  }
  return made;
}

/// `option` is in lower case.
inline bool is_option(std::string_view word, std::string_view option) {
  return word.size() == option.size() && lower_case(word) == option;
}

inline std::string wrong_arity(std::string_view name) {
  return resp::error("ERR wrong number of arguments for '" + std::string(name) +
                     "' command");
}

inline std::string unknown_subcommand(std::string_view command,
                                      std::string_view subcommand) {
  return resp::error("ERR unknown subcommand '" +
                     std::string(subcommand.substr(0, 128)) + "'. Try " +
                     std::string(command) + " HELP.");
}

inline std::string unknown_command(const words& of) {
  std::string shown;
  for (std::size_t i = 1; i < of.size() && shown.size() < 128; ++i) {
    const auto room = 128 - shown.size();
    shown += "'" + std::string(of[i].substr(0, room)) + "' ";
  }
  return resp::error("ERR unknown command '" +
                     std::string(of[0].substr(0, 128)) +
                     "', with args beginning with: " + shown);
}

inline bool has_right_size(const command& c, std::size_t size) {
  const auto count = static_cast<int>(size);
  return c.arity >= 0 ? count == c.arity : count >= -c.arity;
}

/// `table` is sorted by name. Plans the command, or its error.
inline void plan_command_of(std::span<const command> table, conn_state& s,
                            const words& of, pipeline& work) {
  const auto name = lower_case(of[0]);
  const auto found = std::ranges::lower_bound(table, std::string_view(name), {},
                                              &command::name);
  if (found == table.end() || found->name != name) {
    work.answer_with(unknown_command(of));
  } else if (!has_right_size(*found, of.size())) {
    work.answer_with(wrong_arity(found->name));
  } else {
    found->plan(s, of, work);
  }
}

/// The answer to COMMAND.
inline std::string describe_commands(std::span<const command> table) {
  std::string text;
  resp::add_array_head(text, table.size());
  for (const auto& c : table) {
    resp::add_array_head(text, 6);
    resp::add_bulk(text, c.name);
    resp::add_integer(text, c.arity);
    resp::add_array_head(text, 0);
    resp::add_integer(text, c.first_key);
    resp::add_integer(text, c.last_key);
    resp::add_integer(text, c.key_step);
  }
  return text;
}

}  // namespace INSTAR_VSN
}  // namespace kv
