#include "tests/upgrade/resp_client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

namespace instar::testing {

using boost::asio::ip::tcp;

resp_client::resp_client(std::uint16_t port) : socket_(io_) {
  socket_.connect({boost::asio::ip::address_v4::loopback(), port});
  socket_.set_option(tcp::no_delay(true));
}

void resp_client::send(std::string_view bytes) {
  boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()));
}

std::string resp_client::read_bytes(std::size_t size) {
  if (buffer_.size() < size) {
    boost::asio::read(socket_, boost::asio::dynamic_buffer(buffer_),
                      boost::asio::transfer_exactly(size - buffer_.size()));
  }
  auto bytes = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return bytes;
}

std::string resp_client::read_line() {
  return read_bytes(boost::asio::read_until(
      socket_, boost::asio::dynamic_buffer(buffer_), "\r\n"));
}

std::string resp_client::receive() {
  auto answer = read_line();
  if (answer[0] != '$' && answer[0] != '*')
    return answer;
  const auto size = std::stoll(answer.substr(1));
  if (answer[0] == '$') {
    if (size >= 0)
      answer += read_bytes(static_cast<std::size_t>(size) + 2);
  } else {
    for (auto left = size; left > 0; --left)
      answer += receive();
  }
  return answer;
}

std::string resp_client::array(const std::vector<std::string>& words) {
  auto bytes = fmt::format("*{}\r\n", words.size());
  for (const auto& word : words)
    bytes += bulk(word);
  return bytes;
}

std::string resp_client::bulk(std::string_view bytes) {
  return fmt::format("${}\r\n{}\r\n", bytes.size(), bytes);
}

std::string resp_client::integer(std::int64_t number) {
  return fmt::format(":{}\r\n", number);
}

std::string resp_client::call(const std::vector<std::string>& words) {
  send(array(words));
  return receive();
}

bool resp_client::is_closed() {
  boost::system::error_code error;
  char byte = 0;
  const auto got = socket_.read_some(boost::asio::buffer(&byte, 1), error);
  return buffer_.empty() && got == 0 &&
         (error == boost::asio::error::eof ||
          error == boost::asio::error::connection_reset);
}

}  // namespace instar::testing
