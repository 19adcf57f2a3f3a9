// A client of the Redis protocol on a real socket that waits: what a test says
// to the kv example, byte for byte.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace instar::testing {

/// One thread. Throws boost::system::system_error where the connection fails.
class resp_client {
public:
  explicit resp_client(std::uint16_t port);

  void send(std::string_view bytes);
  /// The next whole answer, as its bytes.
  std::string receive();
  /// One command as an array; its answer's bytes.
  std::string call(const std::vector<std::string>& words);
  /// True where the other side has closed and nothing is left to read.
  bool is_closed();

  static std::string bulk(std::string_view bytes);
  static std::string integer(std::int64_t number);
  static std::string array(const std::vector<std::string>& words);

private:
  std::string read_line();
  std::string read_bytes(std::size_t size);

  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  std::string buffer_;
};

}  // namespace instar::testing
