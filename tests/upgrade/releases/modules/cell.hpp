// The gen_server of the test modules red, blue and relay. The build defines
//   CELL_STATE       the state of version 1 or 2
//   CELL_THROWS      its code_change throws for a process that has noted 13
//   CELL_CRASHES     likewise, it crashes
//   CELL_HANGS       likewise, it does not return
//   CELL_OTHER_OLD   it takes version 1 to have kept other fields than it did
//   CELL_NO_DOWN     it has no way back
//   CELL_INK_AS      what it imports ink:tint as
#pragma once

#include "runtime/module.hpp"

#include "cell_messages.hpp"
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#ifndef CELL_INK_AS
#define CELL_INK_AS std::string(std::int64_t)
#endif

namespace cell {
inline namespace INSTAR_VSN {

struct state_1 {
  std::int64_t number = 0;
#ifdef CELL_OTHER_OLD
  std::vector<std::int32_t> heard;
#else
  std::vector<std::int64_t> heard;
#endif
  instar::net::socket listener;
  std::string unread;
};
BOOST_DESCRIBE_STRUCT(state_1, (), (number, heard, listener, unread))

#if CELL_STATE == 1
using state = state_1;
#else
struct state {
  std::int64_t number = 0;
  std::vector<std::int64_t> heard;
  instar::net::socket listener;
  std::string unread;
  std::string came_from;
};
BOOST_DESCRIBE_STRUCT(state, (), (number, heard, listener, unread, came_from))
#endif

using tint = instar::external<"ink", "tint", CELL_INK_AS>;

struct server : instar::gen_server<state> {
  using messages =
      instar::messages<who, cell::heard, note, note_later, pass, block, show,
                       cell::listen, instar::net::accepted, instar::net::data>;
  using imports = instar::import_list<tint>;

  static state init(const instar::value& args) {
    state made;
    if (const auto* object = args.if_object()) {
      if (const auto* number = object->if_contains("number"))
        made.number = number->to_number<std::int64_t>();
    }
    return made;
  }

  static std::string handle_call(state&, const who&, const instar::from&) {
    return INSTAR_MODULE_NAME " " INSTAR_MODULE_VSN;
  }
  static std::vector<std::int64_t> handle_call(state& s, const cell::heard&,
                                               const instar::from&) {
    return {s.heard.begin(), s.heard.end()};
  }
  static void handle_cast(state& s, const note& m) { add(s, m.number); }
  static void handle_info(state& s, const note& m) { add(s, m.number); }
  static void handle_cast(state&, const note_later& m) {
    instar::send_after(std::chrono::milliseconds(m.ms), instar::self(),
                       note{m.number});
  }

  static instar::task<std::int64_t> handle_call(state&, const pass& m,
                                                const instar::from&) {
    if (m.path.empty())
      co_return 1;
    const auto next = m.path.front();
    pass rest;
    rest.path.assign(m.path.begin() + 1, m.path.end());
    const auto answer =
        co_await instar::call(next, rest, std::chrono::seconds(60));
    if (!answer)
      throw std::runtime_error("call of " + next + ": " +
                               answer.error().message());
    co_return *answer + 1;
  }

  static void handle_cast(state&, const block& m) {
    char byte = 'x';
    if (::write(static_cast<int>(m.entered), &byte, 1) != 1 ||
        ::read(static_cast<int>(m.leave), &byte, 1) != 1)
      throw std::runtime_error("the test's pipe is gone");
  }

  static std::string handle_call(state&, const show& m, const instar::from&) {
    return text(tint::call(m.number));
  }

  static std::int64_t handle_call(state& s, const cell::listen&,
                                  const instar::from&) {
    const auto made = instar::net::listen({});
    if (!made)
      throw std::runtime_error(made.error().message());
    s.listener = *made;
    return instar::net::port_of(*made);
  }
  static void handle_info(state&, const instar::net::accepted& m) {
    if (instar::net::controlling_process(m.connection, instar::self()))
      instar::net::active_once(m.connection);
  }
  static void handle_info(state& s, const instar::net::data& m) {
    s.unread += m.bytes;
    const auto end = s.unread.rfind('\n') + 1;
    if (end > 0) {
      (void)instar::net::send(m.from, s.unread.substr(0, end));
      s.unread.erase(0, end);
    }
    instar::net::active_once(m.from);
  }

#if CELL_STATE == 2
  static state code_change(const state_1& old, const instar::change& about) {
#ifdef CELL_THROWS
    if (std::find(old.heard.begin(), old.heard.end(), 13) != old.heard.end())
      throw std::runtime_error("13 brings bad luck");
#endif
#ifdef CELL_CRASHES
    if (std::find(old.heard.begin(), old.heard.end(), 13) != old.heard.end())
      ::raise(SIGSEGV);
#endif
#ifdef CELL_HANGS
    if (std::find(old.heard.begin(), old.heard.end(), 13) != old.heard.end()) {
      for (;;)
        ::pause();
    }
#endif
    state made;
    made.number = old.number;
    made.heard.assign(old.heard.begin(), old.heard.end());
    made.listener = old.listener;
    made.unread = old.unread;
    made.came_from = about.from_vsn;
    return made;
  }
#ifndef CELL_NO_DOWN
  static state_1 code_change_down(const state& old, const instar::change&) {
    state_1 made;
    made.number = old.number;
    made.heard.assign(old.heard.begin(), old.heard.end());
    made.listener = old.listener;
    made.unread = old.unread;
    return made;
  }
#endif
#endif

private:
  static std::string text(std::string shown) {
    return shown;
  }
  static std::string text(std::int32_t shown) {
    return std::to_string(shown);
  }
  template <class State>
  static void add(State& s, std::int64_t number) {
    using element = typename decltype(s.heard)::value_type;
    s.heard.push_back(static_cast<element>(number));
  }
};

}  // namespace INSTAR_VSN
}  // namespace cell
