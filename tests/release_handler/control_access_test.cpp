#include "release_handler/control_access.hpp"

#include "release_handler/errors.hpp"
#include "tests/release_handler/certificate.hpp"
#include "tests/release_handler/fake_node.hpp"
#include "tests/support/result.hpp"

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <string>

namespace instar::release_handler {
namespace {

namespace fs = boost::filesystem;
constexpr const char* token = "0123456789abcdef0123456789abcdef";
constexpr const char* read_token = "fedcba9876543210fedcba9876543210";
constexpr std::chrono::seconds patience{20};

api_request request(const std::string& method, const std::string& path,
                    std::uint32_t uid = 0) {
  api_request made;
  made.method = method;
  made.path = path;
  made.uid = uid;
  return made;
}

// Users that no machine has.
constexpr std::uint32_t reader = 4'000'000'001;
constexpr std::uint32_t stranger = 4'000'000'002;
constexpr std::uint32_t operating = 4'000'000'003;

control_access with_roles() {
  control_access access;
  access.group = ::getegid();
  access.users = {{reader, role::read}, {operating, role::operate}};
  access.named = {"ops", {"alice"}, {"bob", "carol"}};
  return access;
}

std::string own_name() {
  const auto* found = ::getpwuid(::geteuid());
  return found == nullptr ? "uid " + std::to_string(::geteuid())
                          : found->pw_name;
}

void put_token(const path& file, const std::string& text) {
  real_file_system files;
  REQUIRE(files.write(file, text + "\n"));
  fs::permissions(file, fs::owner_read | fs::owner_write);
}

// A server that listens on a port of its own, and what a client needs for it.
struct tls_node {
  test::temporary_folder folder;
  path certificate = folder.where() / "cert.pem";
  path key = folder.where() / "key.pem";
  std::shared_ptr<const tls_context> client;
  std::unique_ptr<test::fake_node> node;

  explicit tls_node(control_limits limits = {}) {
    std::signal(SIGPIPE, SIG_IGN);
    test::put_certificate(certificate, key);
    control_access access;
    put_token(folder.where() / "token", token);
    put_token(folder.where() / "read", "scraper " + std::string(read_token));
    access.tcp = tcp_access{
        "127.0.0.1:0", tls_certificate::open(certificate, key).value(),
        access_tokens::open({folder.where() / "token", folder.where() / "read"})
            .value()};
    client = tls_context::for_client(certificate).value();
    node = std::make_unique<test::fake_node>(
        [](const api_request& asked, const event_sink&) {
          return api_response{
              200,
              {{"path", asked.path},
               {"who", asked.who.substr(0, asked.who.rfind(':'))},
               {"body", asked.body}}};
        },
        limits, std::move(access));
  }
  std::string port() const {
    const auto& address = node->server().tcp_address();
    return address.substr(address.rfind(':') + 1);
  }
  result<control_stream> connect() const {
    return control_stream::connect_tls("127.0.0.1", port(), *client, -1,
                                       patience);
  }
  std::string ask(const std::string& header,
                  const std::string& body = {}) const {
    auto stream = connect();
    REQUIRE(stream);
    stream->expires_after(patience);
    const auto text = "POST /v1/x HTTP/1.1\r\nHost: n\r\n" + header +
                      "Content-Length: " + std::to_string(body.size()) +
                      "\r\nConnection: close\r\n\r\n" + body;
    boost::system::error_code error;
    for (std::size_t sent = 0; sent < text.size() && !error;)
      sent += stream->write_some(
          boost::asio::buffer(text.data() + sent, text.size() - sent), error);
    return read_all(*stream);
  }
  static std::string read_all(control_stream& stream) {
    std::string all;
    std::array<char, 4096> some{};
    boost::system::error_code error;
    while (!error) {
      const auto size = stream.read_some(boost::asio::buffer(some), error);
      all.append(some.data(), size);
    }
    CHECK(error == boost::asio::error::eof);
    return all;
  }
};

node_config listening(const path& at) {
  node_config config;
  config.listen =
      listen_spec{"127.0.0.1:0", {"token", {}}, "cert.pem", "key.pem"};
  put_token(at / "token", token);
  test::put_certificate(at / "cert.pem", at / "key.pem");
  return config;
}

std::string refusal_of(const node_config& config, const path& at) {
  const auto got = resolve_access(config, at);
  REQUIRE_FALSE(got);
  CHECK(got.error().code == errc::bad_access);
  auto text = got.error().message();
  const auto place = text.find(at.string() + "/");
  return place == std::string::npos ? text
                                    : text.erase(place, at.string().size() + 1);
}

}  // namespace

TEST_SUITE("release_handler/control_access") {
  TEST_CASE("who reads may look and who operates may do everything") {
    const auto access = with_roles();
    CHECK(check_allowed(access, request("GET", "/v1/status", reader)));
    CHECK(check_allowed(
        access, request("POST", "/v1/processes/kv/sys/get-state", reader)));
    CHECK(check_allowed(access,
                        request("POST", "/v1/releases/2/install", operating)));
    CHECK(check_allowed(access, request("POST", "/v1/stop", ::geteuid())));
    CHECK(check_allowed(access, request("POST", "/v1/stop", 0)));
    for (const auto* path :
         {"/v1/releases/2/install", "/v1/releases/2/check", "/v1/stop",
          "/v1/processes/kv/sys/replace-state", "/v1/processes/kv/call"}) {
      CAPTURE(path);
      CHECK_FALSE(check_allowed(access, request("POST", path, reader)));
    }
    CHECK_FALSE(check_allowed(access, request("GET", "/v1/status", stranger)));
  }

  TEST_CASE("a refusal says who may") {
    const auto access = with_roles();
    const auto no = check_allowed(access, request("POST", "/v1/stop", reader));
    REQUIRE_FALSE(no);
    CHECK(no.error().code == errc::forbidden);
    CHECK(no.error().message() ==
          "uid 4000000001 may look, and not POST /v1/stop: " + own_name() +
              " and bob, carol operate this node, and alice read");
    CHECK(check_allowed(access, request("GET", "/v1/status", stranger))
              .error()
              .message() ==
          "uid 4000000002 may not use this node: " + own_name() +
              " and bob, carol operate this node, and alice "
              "read");
    CHECK(check_allowed({}, request("GET", "/v1/status", stranger))
              .error()
              .message() ==
          "uid 4000000002 may not use this node, whose owner is " + own_name() +
              ": instar.yaml has no roles");
  }

  TEST_CASE("the socket is open to its owner or with roles to a group") {
    const auto answer = [](const api_request&, const event_sink&) {
      return api_response{200, boost::json::object()};
    };
    struct stat about {};
    const test::fake_node closed(answer);
    REQUIRE(::stat(closed.socket().c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0600);
    const test::fake_node open(answer, {}, with_roles());
    REQUIRE(::stat(open.socket().c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0660);
    CHECK(about.st_gid == ::getegid());
  }

  TEST_CASE("roles name users and a group of the machine") {
    const test::temporary_folder folder;
    node_config config;
    config.roles = node_roles{"no such group", {}, {}};
    CHECK(refusal_of(config, folder.where()) ==
          "instar.yaml: roles: there is no group \"no such group\"");
    config.roles->group = ::getgrgid(0)->gr_name;
    config.roles->operate = {"no such user"};
    CHECK(refusal_of(config, folder.where()) ==
          "instar.yaml: roles: there is no user \"no such user\"");
    config.roles->operate = {::getpwuid(0)->pw_name};
    const auto got = resolve_access(config, folder.where());
    REQUIRE(got);
    CHECK(got->group == 0);
    CHECK(got->users.at(0) == role::operate);
  }

  TEST_CASE("the token files and the certificate start at the node's folder") {
    const test::temporary_folder folder;
    const auto at = folder.where();
    const auto config = listening(at);
    real_file_system files;
    const auto header = "Bearer " + std::string(token);
    CHECK(resolve_access(config, at)->tcp->tokens->find(header).may ==
          role::operate);
    auto reading = config;
    reading.listen->tokens = {{}, "token"};
    CHECK(resolve_access(reading, at)->tcp->tokens->find(header).may ==
          role::read);
    reading.listen->tokens = {"token", "none"};
    CHECK(refusal_of(reading, at) ==
          "instar.yaml: listen: token_file none: No such file or directory");
    REQUIRE(files.remove(at / "token"));
    CHECK(refusal_of(config, at) ==
          "instar.yaml: listen: token_file token: No such file or directory");
    static_cast<void>(listening(at));
    REQUIRE(files.write(at / "cert.pem", "none"));
    CHECK(refusal_of(config, at)
              .starts_with("instar.yaml: listen: certificate cert.pem: "));
  }

  TEST_CASE("over TCP a request with the token is answered through TLS") {
    const tls_node at;
    const std::string body =
        R"({"text": ")" + std::string(300'000, 'x') + R"("})";
    const auto answer =
        at.ask("Authorization: Bearer " + std::string(token) + "\r\n", body);
    CHECK(test::status_of(answer) == 200);
    CHECK(test::body_of(answer).starts_with(
        R"({"path":"/v1/x","who":"token from 127.0.0.1","body":{"text":"xxx)"));
    CHECK(test::body_of(answer).size() > 300'000);
  }

  TEST_CASE("over TCP a request without the token is refused") {
    const tls_node at;
    const auto none = at.ask("");
    CHECK(test::status_of(none) == 401);
    CHECK(test::body_of(none) ==
          R"({"error":{"tag":"unauthorized","message":"this node wants a )"
          R"(token: --token-file, or INSTAR_TOKEN"}})"
          "\n");
    const auto wrong = at.ask("Authorization: Bearer 0123456789abcdef\r\n");
    CHECK(test::status_of(wrong) == 401);
    CHECK(test::body_of(wrong) ==
          R"({"error":{"tag":"unauthorized","message":"the token is not this )"
          R"(node's"}})"
          "\n");
  }

  TEST_CASE("over TCP a token that reads may look and keeps its connection") {
    const tls_node at;
    auto stream = at.connect();
    REQUIRE(stream);
    stream->expires_after(patience);
    const auto say = [&](const std::string& line) {
      const auto text = line +
                        " HTTP/1.1\r\nHost: n\r\nAuthorization: Bearer " +
                        read_token + "\r\nContent-Length: 0\r\n\r\n";
      boost::system::error_code error;
      for (std::size_t sent = 0; sent < text.size() && !error;) {
        sent += stream->write_some(
            boost::asio::buffer(text.data() + sent, text.size() - sent), error);
      }
      std::string heard;
      std::array<char, 4096> some{};
      while (!error && !heard.ends_with("}\n")) {
        const auto size = stream->read_some(boost::asio::buffer(some), error);
        heard.append(some.data(), size);
      }
      CHECK_FALSE(error);
      return heard;
    };
    const auto no = say("POST /v1/releases/2/install");
    CHECK(test::status_of(no) == 403);
    CHECK(test::body_of(no) ==
          R"({"error":{"tag":"forbidden","message":"this token may look, and )"
          R"(not POST /v1/releases/2/install"}})"
          "\n");
    const auto yes = say("GET /v1/status");
    CHECK(test::status_of(yes) == 200);
    CHECK(test::body_of(yes).starts_with(
        R"({"path":"/v1/status","who":"token scraper from 127.0.0.1",)"));
  }

  TEST_CASE("over TCP a token that was replaced is refused without a restart") {
    const tls_node at;
    const auto header = "Authorization: Bearer " + std::string(token) + "\r\n";
    CHECK(test::status_of(at.ask(header)) == 200);
    put_token(at.folder.where() / "token", std::string(32, 'n'));
    CHECK(test::status_of(at.ask(header)) == 401);
    CHECK(test::status_of(at.ask("Authorization: Bearer " +
                                 std::string(32, 'n') + "\r\n")) == 200);
  }

  TEST_CASE("a client gets the certificate that is there when it comes") {
    const tls_node at;
    REQUIRE(at.connect());
    test::put_certificate(at.folder.where() / "c", at.folder.where() / "k");
    fs::rename(at.folder.where() / "c", at.certificate);
    fs::rename(at.folder.where() / "k", at.key);
    CHECK_FALSE(at.connect());
    const auto trusting = tls_context::for_client(at.certificate).value();
    CHECK(control_stream::connect_tls("127.0.0.1", at.port(), *trusting, -1,
                                      patience));
  }

  TEST_CASE("a certificate that is not trusted or for another is refused") {
    const tls_node at;
    const auto strangers = tls_context::for_client(std::nullopt).value();
    const auto got = control_stream::connect_tls("127.0.0.1", at.port(),
                                                 *strangers, -1, patience);
    REQUIRE_FALSE(got);
    CHECK(got.error().message() ==
          "127.0.0.1:" + at.port() + ": TLS: self-signed certificate");
    const auto other = control_stream::connect_tls("127.0.0.2", at.port(),
                                                   *at.client, -1, patience);
    REQUIRE_FALSE(other);
  }

  TEST_CASE("a client that is silent or speaks no TLS is left") {
    control_limits limits;
    limits.read_timeout = std::chrono::milliseconds(50);
    limits.tcp_connections = 1;
    const tls_node at(limits);
    for (const auto* said : {"", "GET /v1/status HTTP/1.1\r\n\r\n"}) {
      CAPTURE(said);
      test::raw_client client(at.port());
      REQUIRE(client.send(said));
      const auto heard = client.read_all();
      CHECK(heard.find("HTTP") == std::string::npos);
    }
    // Whoever holds the only TCP connection takes none of the socket's.
    test::raw_client client(at.node->socket());
    REQUIRE(client.send("GET /v1/x HTTP/1.1\r\nHost: n\r\n\r\n"));
    CHECK(test::status_of(client.read_until("}\n")) == 200);
  }
}

}  // namespace instar::release_handler
