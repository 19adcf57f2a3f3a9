// A control server whose answers a test gives, and a client that sends bytes.
#pragma once

#include "release_handler/control_api.hpp"
#include "release_handler/control_server.hpp"
#include "tests/release_handler/support.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace instar::release_handler::test {

/// Answers as `answer` says; any thread.
class fake_api final : public control_api {
public:
  using handler =
      std::function<api_response(const api_request&, const event_sink&)>;
  explicit fake_api(handler answer) : answer_(std::move(answer)) {}

  api_response handle(const api_request& request,
                      const event_sink& emit) override {
    return answer_(request, emit);
  }

private:
  handler answer_;
};

/// A server in a folder of its own.
class fake_node {
public:
  explicit fake_node(fake_api::handler answer, control_limits limits = {},
                     control_access access = {});

  path socket() const { return folder_.where() / "control.sock"; }
  control_server& server() { return *server_; }

private:
  temporary_folder folder_;
  fake_api api_;
  std::unique_ptr<control_server> server_;
};

/// A connection that gives up after 20 seconds.
class raw_client {
public:
  explicit raw_client(const path& socket);
  /// Over TCP, without TLS.
  explicit raw_client(const std::string& port);

  /// Whether all of it was taken.
  bool send(std::string_view bytes);
  /// Until the server closes.
  std::string read_all();
  /// Up to and with `end`, or until the server closes.
  std::string read_until(std::string_view end);

private:
  control_stream stream_;
  std::string read_;
};

/// The status of an HTTP response, and what follows its header.
int status_of(const std::string& response);
std::string body_of(const std::string& response);

}  // namespace instar::release_handler::test
