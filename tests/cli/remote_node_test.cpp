// The command asks a node over TCP: TLS, and a token.
#include "release_handler/control_access.hpp"
#include "tests/cli/process.hpp"
#include "tests/release_handler/certificate.hpp"
#include "tests/release_handler/fake_node.hpp"
#include "tests/support/result.hpp"

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

#include <csignal>
#include <memory>

namespace instar::cli::test {
namespace {

using namespace release_handler;
constexpr const char* token = "0123456789abcdef0123456789abcdef";

struct remote_node {
  release_handler::test::temporary_folder folder;
  real_file_system files;
  std::string certificate = (folder.where() / "cert.pem").string();
  std::string token_file = (folder.where() / "token").string();
  std::unique_ptr<release_handler::test::fake_node> node;

  remote_node() {
    std::signal(SIGPIPE, SIG_IGN);
    const auto key = folder.where() / "key.pem";
    release_handler::test::put_certificate(certificate, key);
    REQUIRE(files.write(token_file, std::string(token) + "\n"));
    control_access access;
    boost::filesystem::permissions(
        token_file,
        boost::filesystem::owner_read | boost::filesystem::owner_write);
    access.tcp = tcp_access{"127.0.0.1:0",
                            tls_certificate::open(certificate, key).value(),
                            access_tokens::open({token_file, {}}).value()};
    node = std::make_unique<release_handler::test::fake_node>(
        [](const api_request& asked, const event_sink& emit) {
          emit({{"event", "phase"}, {"phase", "check"}});
          return api_response{
              200, {{"ok", true}, {"asked", asked.method + " " + asked.path}}};
        },
        control_limits{}, std::move(access));
  }
  std::string address() const {
    return "https://" + node->server().tcp_address();
  }
};

}  // namespace

TEST_SUITE("cli/remote_node") {
  TEST_CASE("a node is asked over https with a token from a file") {
    const remote_node at;
    const auto done =
        instar({"--node", at.address(), "--ca", at.certificate, "--token-file",
                at.token_file, "release", "commit", "1.1", "--json"});
    CHECK(done.err == "");
    CHECK(done.out ==
          "{\"ok\":true,\"asked\":\"POST /v1/releases/1.1/commit\"}\n");
    CHECK(done.exit_code == 0);
  }

  TEST_CASE("events come through TLS and all may be said by variables") {
    const remote_node at;
    const auto done =
        instar({"release", "install", "1.1", "--events"},
               {"INSTAR_NODE=" + at.address(), "INSTAR_CA=" + at.certificate,
                std::string("INSTAR_TOKEN=") + token});
    CHECK(done.err == "");
    CHECK(
        done.out.starts_with("{\"event\":\"phase\",\"phase\":\"check\"}\n"
                             "{\"event\":\"result\",\"ok\":true"));
  }

  TEST_CASE("what is wrong with token or certificate is told") {
    const remote_node at;
    const auto no_token =
        instar({"--node", at.address(), "--ca", at.certificate, "status"});
    CHECK(no_token.exit_code == 1);
    CHECK(no_token.err ==
          "error[unauthorized]: this node wants a token: --token-file, or "
          "INSTAR_TOKEN\n");
    const auto unknown = instar({"--node", at.address(), "status"});
    CHECK(unknown.exit_code == 6);
    CHECK(unknown.err == "error[no_node]: no node answers at " +
                             at.address().substr(8) +
                             ": TLS: self-signed certificate\n");
    const auto none = instar({"--node", "https://127.0.0.1:1", "status"});
    CHECK(none.exit_code == 6);
    CHECK(none.err ==
          "error[no_node]: no node answers at 127.0.0.1:1: Connection "
          "refused\n");
  }
}

}  // namespace instar::cli::test
