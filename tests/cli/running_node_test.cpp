// A real node as its operators see it: systemd, packages without a signature,
// watch, metrics, the log.
#include "release_handler/package_signature.hpp"
#include "tests/cli/process.hpp"
#include "tests/release_handler/exposition_parser.hpp"
#include "tests/release_handler/support.hpp"
#include "tests/support/result.hpp"

#include <boost/filesystem/operations.hpp>
#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <string>

#ifdef INSTAR_EXAMPLES_FOLDER

namespace instar::cli::test {
namespace {

namespace fs = boost::filesystem;
const path built = path(INSTAR_EXAMPLES_FOLDER) / "counter";

void copy_tree(const path& from, const path& to) {
  fs::create_directories(to.parent_path());
  fs::copy(from, to, fs::copy_options::recursive);
}

// What systemd is to the node.
class notify_socket {
public:
  explicit notify_socket(const path& name)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, name.c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address),
                   sizeof address) == 0);
    const timeval patience{20, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  notify_socket(const notify_socket&) = delete;
  ~notify_socket() { ::close(socket_); }

  // The next datagram that begins so.
  std::string hear(const std::string& begin) const {
    for (int heard_others = 0;; ++heard_others) {
      REQUIRE_MESSAGE(heard_others < 100, "systemd never heard " << begin);
      std::array<char, 4096> some{};
      const auto size = ::recv(socket_, some.data(), some.size(), 0);
      REQUIRE_MESSAGE(size >= 0, "systemd never heard " << begin);
      const std::string heard(some.data(), static_cast<std::size_t>(size));
      if (heard.starts_with(begin))
        return heard;
    }
  }

private:
  int socket_;
};

}  // namespace

TEST_SUITE("cli/running_node") {
  TEST_CASE("a node is watched and measured and tells systemd how it is") {
    const release_handler::test::temporary_folder folder;
    real_file_system files;
    const auto root = folder.where() / "node";
    copy_tree(built / "lib/counter-1.0.0", root / "lib/counter-1.0.0");
    copy_tree(built / "releases/1.0.0", root / "releases/1.0.0");
    const auto name = folder.where() / "notify";
    const notify_socket systemd(name);
    const auto key = (folder.where() / "key").string();
    REQUIRE(instar({"key", "make", key, "--no-password"}).exit_code == 0);
    const auto public_key = files.read(key + ".pub", 1000).value();
    const auto line = public_key.find('\n') + 1;
    REQUIRE(files.write(
        root / "instar.yaml",
        "trusted_keys: [" +
            public_key.substr(line, public_key.size() - line - 1) + "]\n"));

    process node(program(), {"run", root.string()},
                 {"NOTIFY_SOCKET=" + name.string(), "WATCHDOG_USEC=2000000"});
    CHECK(systemd.hear("READY") == "READY=1\nSTATUS=counterd 1.0.0 runs\n");
    CHECK(systemd.hear("WATCHDOG") == "WATCHDOG=1\n");
    CHECK(systemd.hear("WATCHDOG") == "WATCHDOG=1\n");
    const auto ask = [&](std::vector<std::string> arguments) {
      arguments.insert(arguments.begin(),
                       {"--node", (root / "run/control.sock").string()});
      return instar(arguments);
    };

    const auto package = (folder.where() / "p.tar.zst").string();
    const auto pack = [&](const std::vector<std::string>& more) {
      std::vector<std::string> arguments = {
          "release",
          "pack",
          (built / "releases/1.1.0/release.yaml").string(),
          "--path",
          (built / "lib").string(),
          "--output",
          package};
      arguments.insert(arguments.end(), more.begin(), more.end());
      return instar(arguments).exit_code;
    };
    REQUIRE(pack({}) == 0);
    const auto refused = ask({"release", "unpack", package});
    CHECK(refused.exit_code == 1);
    CHECK(refused.err.starts_with("error[unsigned_package]: " + package +
                                  " has no signature, "));
    REQUIRE(pack({"--sign", key + ".key"}) == 0);
    CHECK(ask({"release", "unpack", package}).out == "unpacked 1.1.0\n");

    process watch(program(), {"--node", (root / "run/control.sock").string(),
                              "watch", "--json"});
    CHECK(watch.read_until(R"("event":"status")").ends_with(R"("status")"));
    CHECK(ask({"release", "install", "1.1.0"}).exit_code == 0);
    CHECK(systemd.hear("RELOADING")
              .find("\nSTATUS=install of counterd 1.0.0 -> 1.1.0 by ") !=
          std::string::npos);
    CHECK(systemd.hear("READY") ==
          "READY=1\nSTATUS=counterd 1.1.0 runs; install of 1.1.0: "
          "installed\n");
    CHECK(watch.read_until(R"("event":"begin")").ends_with(R"("begin")"));
    CHECK(watch.read_until(R"("phase":"adopt")").ends_with(R"("adopt")"));

    const auto numbers =
        release_handler::test::read_exposition(ask({"metrics"}).out);
    CHECK(numbers.at(R"(instar_installs_total{operation="install",)"
                     R"(outcome="installed"})") == 1);
    CHECK(numbers.at("instar_install_pause_seconds_count") == 1);
    CHECK(numbers.at("instar_processes") == 2);
    CHECK(numbers.at(R"(instar_module_processes{module="counter",)"
                     R"(code="current"})") == 1);

    // A process is followed live, and no longer once nobody looks.
    {
      process trace(program(), {"--node", (root / "run/control.sock").string(),
                                "sys", "trace", "counter", "--json"});
      trace.read_until(R"("event":"trace")");
      CHECK(ask({"cast", "counter", R"({"add": {"amount": 2}})"}).exit_code ==
            0);
      trace.read_until(R"("event":"in","kind":"cast")");
      trace.read_until(R"("event":"noreply")");
      CHECK(ask({"sys", "get-status", "counter"}).out.find("followers") !=
            std::string::npos);
      trace.send_signal(SIGINT);
      CHECK(trace.wait().exit_code == 0);
    }
    int looks = 0;
    while (looks < 1000 &&
           ask({"sys", "get-status", "counter"}).out.find("followers") !=
               std::string::npos)
      ++looks;
    CHECK(looks < 1000);
    CHECK(ask({"sys", "statistics", "counter", "on"}).exit_code == 0);
    CHECK(ask({"cast", "counter", R"({"add": {"amount": 2}})"}).exit_code == 0);
    CHECK(
        ask({"sys", "statistics", "counter"}).out.find("\"messages_in\": 1") !=
        std::string::npos);

    CHECK(ask({"stop"}).exit_code == 0);
    CHECK(systemd.hear("STOPPING") == "STOPPING=1\n");
    CHECK(node.wait().exit_code == 0);
    CHECK(watch.wait().exit_code == 0);
    auto log = files.read(root / "log/node.log", 1 << 20).value();
    int lines = 0;
    for (std::size_t end = 0; (end = log.find('\n')) != std::string::npos;
         log.erase(0, end + 1)) {
      CHECK(boost::json::parse(log.substr(0, end)).is_object());
      ++lines;
    }
    CHECK(lines >= 4);
  }
}

}  // namespace instar::cli::test

#endif
