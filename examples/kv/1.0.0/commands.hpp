// The commands of this version: what each asks of the shards, or answers at
// once.
#pragma once

#include "command_table.hpp"
#include "glob.hpp"
#include "kv_conn_state.hpp"
#include "kv_messages.hpp"
#include "pipeline.hpp"
#include "resp.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace kv {
inline namespace INSTAR_VSN {
namespace commands {

constexpr std::string_view not_an_integer =
    "ERR value is not an integer or out of range";
constexpr std::string_view syntax_error = "ERR syntax error";

inline request on_key(operation what, std::string_view key) {
  return {.what = what, .key = std::string(key)};
}

// ---- keys

inline void get(conn_state&, const words& w, pipeline& work) {
  work.begin(joining::single);
  work.ask(on_key(operation::get, w[1]));
}

/// SET key value [NX | XX]
inline void set(conn_state&, const words& w, pipeline& work) {
  auto r = on_key(operation::set, w[1]);
  r.text = w[2];
  for (std::size_t i = 3; i < w.size(); ++i) {
    if (is_option(w[i], "nx") && r.when != condition::if_present) {
      r.when = condition::if_absent;
    } else if (is_option(w[i], "xx") && r.when != condition::if_absent) {
      r.when = condition::if_present;
    } else {
      return work.answer_with(resp::error(syntax_error));
    }
  }
  work.begin(joining::single);
  work.ask(std::move(r));
}

inline void each_key(operation what, joining how, const words& w,
                     pipeline& work) {
  work.begin(how);
  for (std::size_t i = 1; i < w.size(); ++i)
    work.ask(on_key(what, w[i]));
}
inline void del(conn_state&, const words& w, pipeline& work) {
  each_key(operation::del, joining::sum, w, work);
}
inline void exists(conn_state&, const words& w, pipeline& work) {
  each_key(operation::exists, joining::sum, w, work);
}
inline void mget(conn_state&, const words& w, pipeline& work) {
  each_key(operation::get, joining::array, w, work);
}

inline void mset(conn_state&, const words& w, pipeline& work) {
  if (w.size() % 2 == 0)
    return work.answer_with(wrong_arity("mset"));
  work.begin(joining::all_ok);
  for (std::size_t i = 1; i < w.size(); i += 2) {
    auto r = on_key(operation::set, w[i]);
    r.text = w[i + 1];
    work.ask(std::move(r));
  }
}

inline void add(std::string_view key, std::int64_t number, pipeline& work) {
  auto r = on_key(operation::add, key);
  r.number = number;
  work.begin(joining::single);
  work.ask(std::move(r));
}
inline void incr(conn_state&, const words& w, pipeline& work) {
  add(w[1], 1, work);
}
inline void decr(conn_state&, const words& w, pipeline& work) {
  add(w[1], -1, work);
}
inline void incrby(conn_state&, const words& w, pipeline& work) {
  std::int64_t number = 0;
  if (!resp::read_integer(w[2], number))
    return work.answer_with(resp::error(not_an_integer));
  add(w[1], number, work);
}
inline void decrby(conn_state&, const words& w, pipeline& work) {
  std::int64_t number = 0;
  if (!resp::read_integer(w[2], number))
    return work.answer_with(resp::error(not_an_integer));
  if (number == std::numeric_limits<std::int64_t>::min())
    return work.answer_with(resp::error("ERR decrement would overflow"));
  add(w[1], -number, work);
}

// ---- all shards

inline void keys(conn_state&, const words& w, pipeline& work) {
  work.begin(joining::list);
  work.ask_all({.what = operation::keys, .text = std::string(w[1])});
}
inline void dbsize(conn_state&, const words&, pipeline& work) {
  work.begin(joining::sum);
  work.ask_all({.what = operation::count});
}
/// FLUSHALL [ASYNC | SYNC]
inline void flushall(conn_state&, const words& w, pipeline& work) {
  const bool has_known_option =
      w.size() == 2 && (is_option(w[1], "async") || is_option(w[1], "sync"));
  if (w.size() != 1 && !has_known_option)
    return work.answer_with(resp::error(syntax_error));
  work.begin(joining::all_ok);
  work.ask_all({.what = operation::flush});
}

inline std::string info_text(std::int64_t keys) {
  std::string text =
      "# Server\r\n"
      "redis_version:7.0.0\r\n"
      "kv_version:" INSTAR_MODULE_VSN
      "\r\n"
      "\r\n"
      "# Keyspace\r\n";
  if (keys > 0)
    text += "db0:keys=" + std::to_string(keys) + "\r\n";
  std::string answer;
  resp::add_bulk(answer, text);
  return answer;
}
inline void info(conn_state&, const words&, pipeline& work) {
  work.begin(joining::sum, info_text);
  work.ask_all({.what = operation::count});
}

// ---- the connection

inline void ping(conn_state&, const words& w, pipeline& work) {
  if (w.size() > 2)
    return work.answer_with(wrong_arity("ping"));
  std::string answer = "+PONG\r\n";
  if (w.size() == 2) {
    answer.clear();
    resp::add_bulk(answer, w[1]);
  }
  work.answer_with(std::move(answer));
}
inline void echo(conn_state&, const words& w, pipeline& work) {
  std::string answer;
  resp::add_bulk(answer, w[1]);
  work.answer_with(std::move(answer));
}
inline void quit(conn_state&, const words&, pipeline& work) {
  work.answer_with(std::string(resp::ok));
  work.end();
}
inline void select(conn_state&, const words& w, pipeline& work) {
  std::int64_t database = 0;
  if (!resp::read_integer(w[1], database))
    return work.answer_with(resp::error(not_an_integer));
  if (database != 0)
    return work.answer_with(resp::error("ERR DB index is out of range"));
  work.answer_with(std::string(resp::ok));
}
/// Refused: clients go on in RESP 2.
inline void hello(conn_state&, const words&, pipeline& work) {
  work.answer_with(resp::error("NOPROTO unsupported protocol version"));
}
/// CLIENT ID | SETNAME name | GETNAME | SETINFO attribute value
inline void client(conn_state& s, const words& w, pipeline& work) {
  const auto what = lower_case(w[1]);
  std::string answer(resp::ok);
  std::size_t size = 2;
  if (what == "id") {
    answer.clear();
    resp::add_integer(answer, static_cast<std::int64_t>(s.socket.id));
  } else if (what == "getname") {
    answer = resp::nil;
  } else if (what == "setname") {
    size = 3;
  } else if (what == "setinfo") {
    size = 4;
  } else {
    return work.answer_with(unknown_subcommand("CLIENT", w[1]));
  }
  if (w.size() != size)
    answer = wrong_arity("client|" + what);
  work.answer_with(std::move(answer));
}

// ---- the server

/// CONFIG GET pattern [pattern ...]
inline void config(conn_state&, const words& w, pipeline& work) {
  if (!is_option(w[1], "get"))
    return work.answer_with(unknown_subcommand("CONFIG", w[1]));
  if (w.size() < 3)
    return work.answer_with(wrong_arity("config|get"));
  constexpr std::pair<std::string_view, std::string_view> settings[] = {
      {"appendonly", "no"}, {"databases", "1"},
      {"maxmemory", "0"},   {"proto-max-bulk-len", "536870912"},
      {"save", ""},
  };
  std::size_t found = 0;
  std::string items;
  for (const auto& [name, content] : settings) {
    const auto is_wanted = [&, setting = name](std::string_view pattern) {
      return matches(lower_case(pattern), setting);
    };
    if (std::none_of(w.begin() + 2, w.end(), is_wanted))
      continue;
    ++found;
    resp::add_bulk(items, name);
    resp::add_bulk(items, content);
  }
  std::string answer;
  resp::add_array_head(answer, found * 2);
  work.answer_with(answer + items);
}

void command_info(conn_state&, const words&, pipeline&);

// clang-format off
constexpr command table[] = {
    {"client", -2, 0, 0, 0, client},
    {"command", -1, 0, 0, 0, command_info},
    {"config", -2, 0, 0, 0, config},
    {"dbsize", 1, 0, 0, 0, dbsize},
    {"decr", 2, 1, 1, 1, decr},
    {"decrby", 3, 1, 1, 1, decrby},
    {"del", -2, 1, -1, 1, del},
    {"echo", 2, 0, 0, 0, echo},
    {"exists", -2, 1, -1, 1, exists},
    {"flushall", -1, 0, 0, 0, flushall},
    {"get", 2, 1, 1, 1, get},
    {"hello", -1, 0, 0, 0, hello},
    {"incr", 2, 1, 1, 1, incr},
    {"incrby", 3, 1, 1, 1, incrby},
    {"info", -1, 0, 0, 0, info},
    {"keys", 2, 0, 0, 0, keys},
    {"mget", -2, 1, -1, 1, mget},
    {"mset", -3, 1, -1, 2, mset},
    {"ping", -1, 0, 0, 0, ping},
    {"quit", -1, 0, 0, 0, quit},
    {"select", 2, 0, 0, 0, select},
    {"set", -3, 1, 1, 1, set},
};
// clang-format on
static_assert(std::ranges::is_sorted(table, {}, &command::name));

/// COMMAND [COUNT | DOCS ...]
inline void command_info(conn_state&, const words& w, pipeline& work) {
  std::string answer;
  if (w.size() == 1) {
    answer = describe_commands(table);
  } else if (is_option(w[1], "count")) {
    resp::add_integer(answer, static_cast<std::int64_t>(std::size(table)));
  } else if (is_option(w[1], "docs")) {
    resp::add_array_head(answer, 0);
  } else {
    answer = unknown_subcommand("COMMAND", w[1]);
  }
  work.answer_with(std::move(answer));
}

}  // namespace commands

inline void plan_command(conn_state& s, const words& w, pipeline& work) {
  plan_command_of(commands::table, s, w, work);
}

}  // namespace INSTAR_VSN
}  // namespace kv
