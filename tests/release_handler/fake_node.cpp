#include "tests/release_handler/fake_node.hpp"

#include "tests/support/result.hpp"

#include <doctest/doctest.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

namespace instar::release_handler::test {

fake_node::fake_node(fake_api::handler answer, control_limits limits,
                     control_access access)
    : api_(std::move(answer)) {
  auto started =
      control_server::start(socket(), api_, limits, std::move(access));
  REQUIRE(started);
  server_ = std::move(*started);
}

raw_client::raw_client(const path& socket)
    : stream_(control_stream::connect(socket, -1).value()) {
  stream_.expires_after(std::chrono::seconds(20));
}

raw_client::raw_client(const std::string& port)
    : stream_(unique_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), -1) {
  stream_.expires_after(std::chrono::seconds(20));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
  const int done =
      ::connect(stream_.descriptor(), reinterpret_cast<sockaddr*>(&address),
                sizeof address);
  REQUIRE((done == 0 || errno == EINPROGRESS));
}

bool raw_client::send(std::string_view bytes) {
  boost::system::error_code error;
  while (!bytes.empty() && !error) {
    bytes.remove_prefix(stream_.write_some(
        boost::asio::buffer(bytes.data(), bytes.size()), error));
  }
  return !error;
}

std::string raw_client::read_all() {
  return read_until({});
}

std::string raw_client::read_until(std::string_view end) {
  std::array<char, 4096> some{};
  for (;;) {
    const auto at = end.empty() ? std::string::npos : read_.find(end);
    if (at != std::string::npos) {
      auto found = read_.substr(0, at + end.size());
      read_.erase(0, found.size());
      return found;
    }
    boost::system::error_code error;
    const auto size = stream_.read_some(boost::asio::buffer(some), error);
    if (error)
      return std::exchange(read_, {});
    read_.append(some.data(), size);
  }
}

int status_of(const std::string& response) {
  if (!response.starts_with("HTTP/1.1 "))
    return 0;
  return std::stoi(response.substr(9, 3));
}

std::string body_of(const std::string& response) {
  const auto end = response.find("\r\n\r\n");
  return end == std::string::npos ? std::string() : response.substr(end + 4);
}

}  // namespace instar::release_handler::test
