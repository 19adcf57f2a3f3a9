// Owns the listening socket and has a kv_conn started for each connection.
#include "runtime/module.hpp"

#include "kv_messages.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace kv {
inline namespace INSTAR_VSN {

struct listener_state {
  instar::net::socket listener;
  /// Where it listens; env `port` may be 0, for any.
  std::int64_t port = 0;
};
BOOST_DESCRIBE_STRUCT(listener_state, (), (listener, port))

struct kv_listener : instar::gen_server<listener_state> {
  static listener_state init(const instar::value&) {
    instar::net::listen_options options;
    options.port = 6380;
    if (const auto port = instar::get_env("kv", "port"); !port.is_null())
      options.port = port.to_number<std::uint16_t>();
    if (const auto address = instar::get_env("kv", "address");
        address.is_string()) {
      options.address = address.get_string();
    }
    const auto listener = instar::net::listen(options);
    if (!listener)
      throw std::runtime_error(listener.error().message());
    return {*listener, instar::net::port_of(*listener)};
  }

  static instar::task<> handle_info(listener_state&,
                                    const instar::net::accepted& m) {
    const auto socket = m.connection;
    instar::start_dynamic_child request;
    request.args = boost::json::object{{"socket", socket.id}};
    const auto started =
        co_await instar::call("kv_conn_sup", std::move(request));
    if (!started || !started->error.empty()) {
      instar::net::close(socket);
      co_return;
    }
    // First the socket, then the word: what is read goes to its new owner.
    if (instar::net::controlling_process(socket, started->child))
      instar::cast(started->child, serve{});
  }

  static void terminate(listener_state& s, const instar::exit_reason&) {
    instar::net::close(s.listener);
  }
};

}  // namespace INSTAR_VSN
}  // namespace kv

INSTAR_MODULE(kv::kv_listener)
