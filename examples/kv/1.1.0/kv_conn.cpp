// A connection: reads commands, asks the shards, answers in order. One process
// each.
#include "runtime/module.hpp"

#include "commands.hpp"
#include "kv_conn_state.hpp"
#include "kv_messages.hpp"
#include "pipeline.hpp"
#include "resp.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kv {
inline namespace INSTAR_VSN {

struct kv_conn : instar::gen_server<conn_state> {
  using messages =
      instar::messages<serve, instar::net::data, instar::net::closed>;

  static conn_state init(const instar::value& args) {
    conn_state s;
    s.socket.id = args.at("socket").to_number<std::uint64_t>();
    s.shards.resize(args.at("shards").to_number<std::size_t>());
    return s;
  }

  static void handle_cast(conn_state& s, const serve&) {
    instar::net::active_once(s.socket);
  }

  static instar::task<> handle_info(conn_state& s, const instar::net::data& m) {
    std::string kept;
    std::string_view input = m.bytes;
    if (!s.unread.empty()) {
      s.unread += m.bytes;
      if (s.unread.size() < s.wanted_bytes) {
        instar::net::active_once(s.socket);
        co_return;
      }
      kept = std::exchange(s.unread, {});
      input = kept;
    }
    pipeline work(s.shards.size());
    read_commands(s, input, work);

    std::vector<std::optional<std::vector<answer>>> answers(s.shards.size());
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (!work.has_batch(i))
        continue;
      auto answered = co_await instar::call(shard(s, i), work.take_batch(i));
      if (answered) {
        answers[i] = std::move(*answered);
      } else {
        s.shards[i] = {};  // a new one may have been started
      }
    }
    // What cannot be sent any more is followed by net::closed.
    if (!work.is_empty())
      (void)instar::net::send(s.socket, work.answers(answers));
    if (work.has_ended()) {
      instar::stop();
    } else {
      instar::net::active_once(s.socket);
    }
  }

  static void handle_info(conn_state&, const instar::net::closed&) {
    instar::stop();
  }

  static void terminate(conn_state& s, const instar::exit_reason&) {
    instar::net::close(s.socket);
  }

  /// Up. A command that has come in half is kept, as the socket is.
  static conn_state code_change(const conn_state_1_0& old,
                                const instar::change&) {
    return {.socket = old.socket,
            .shards = old.shards,
            .unread = old.unread,
            .wanted_bytes = old.wanted_bytes,
            .commands = 0,
            .name = {}};
  }
  /// Down. 1.0.0 knows no names.
  static conn_state_1_0 code_change_down(const conn_state& now,
                                         const instar::change&) {
    return {now.socket, now.shards, now.unread, now.wanted_bytes};
  }

private:
  /// Plans all commands that are whole, and keeps the rest.
  static void read_commands(conn_state& s, std::string_view input,
                            pipeline& work) {
    resp::reader in(input);
    words command;
    auto read = in.next(command);
    for (; read == resp::reader::outcome::command; read = in.next(command)) {
      ++s.commands;
      plan_command(s, command, work);
      if (work.has_ended())
        return;
    }
    if (read == resp::reader::outcome::broken) {
      work.answer_with(resp::error("ERR " + in.error_text()));
      work.end();
      return;
    }
    s.unread = in.rest();
    s.wanted_bytes = in.wanted();
  }

  static instar::pid shard(conn_state& s, std::size_t number) {
    auto& known = s.shards[number];
    if (!known)
      known = instar::whereis("kv_shard_" + std::to_string(number));
    return known;
  }
};

}  // namespace INSTAR_VSN
}  // namespace kv

INSTAR_MODULE(kv::kv_conn)
