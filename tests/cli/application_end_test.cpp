// A real node whose permanent application ends: what its operator sees.
#include "tests/cli/process.hpp"
#include "tests/release_handler/support.hpp"
#include "tests/support/result.hpp"

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

#include <csignal>
#include <string>

#ifdef INSTAR_EXAMPLES_FOLDER

namespace instar::cli::test {
namespace {

namespace fs = boost::filesystem;

/// The counter's node, whose release says of it `type`.
class counter_folder {
public:
  explicit counter_folder(const std::string& type) {
    const auto built = path(INSTAR_EXAMPLES_FOLDER) / "counter";
    fs::create_directories(root() / "lib");
    fs::create_directories(root() / "releases/1.0.0");
    fs::copy(built / "lib/counter-1.0.0", root() / "lib/counter-1.0.0",
             fs::copy_options::recursive);
    REQUIRE(files_.write(root() / "releases/1.0.0/release.yaml",
                         "release: counterd\nvsn: \"1.0.0\"\napplications:\n"
                         "  - {name: counter, vsn: \"1.0.0\", type: " +
                             type + "}\n"));
    REQUIRE(files_.write(root() / "instar.yaml", "allow_unsigned: true\n"));
  }

  path root() const { return folder_.where() / "node"; }
  finished ask(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(),
                     {"--node", (root() / "run/control.sock").string()});
    return instar(arguments);
  }
  /// Returns when it serves.
  void wait_until_up(const process& node) const {
    while (node.is_running() && ask({"status"}).exit_code != 0)
      ::usleep(10'000);
    REQUIRE(node.is_running());
  }

private:
  release_handler::test::temporary_folder folder_;
  real_file_system files_;
};

/// How top supervisors end when nobody asks them to.
const std::vector<std::string> end_of_counter = {"sys", "terminate",
                                                 "counter_sup"};
const std::string why = "application counter (permanent) has ended: shutdown";

}  // namespace

TEST_SUITE("cli/application_end") {
  TEST_CASE("a node stops with its permanent application and says why") {
    const counter_folder folder("permanent");
    process node(program(), {"run", folder.root().string()});
    folder.wait_until_up(node);
    folder.ask(end_of_counter);
    const auto ended = node.wait();
    CHECK(ended.exit_code == 8);
    CHECK(ended.err.find("error[application_terminated]: " + why) !=
          std::string::npos);

    process again(program(), {"run", folder.root().string()});
    folder.wait_until_up(again);
    const auto history = folder.ask({"release", "history", "--json"}).out;
    CHECK(history.find(R"("outcome":"application_terminated")") !=
          std::string::npos);
    CHECK(history.find(why) != std::string::npos);
    CHECK(folder.ask({"stop"}).exit_code == 0);
    CHECK(again.wait().exit_code == 0);
  }

  TEST_CASE("a node that is respawned starts again without its application") {
    const counter_folder folder("permanent");
    process node(program(), {"run", folder.root().string(), "--respawn"});
    folder.wait_until_up(node);
    folder.ask(end_of_counter);
    node.read_errors_until("it is started again");
    folder.wait_until_up(node);
    CHECK(folder.ask({"call", "counter", R"({"get": {}})"}).out == "0\n");
    folder.ask({"stop"});
    CHECK(node.wait().exit_code == 0);
  }

  TEST_CASE("a node runs on without its temporary application") {
    const counter_folder folder("temporary");
    process node(program(), {"run", folder.root().string()});
    folder.wait_until_up(node);
    CHECK(folder.ask(end_of_counter).exit_code == 0);
    for (int looks = 0; looks < 1000; ++looks) {
      const auto status = folder.ask({"status", "--json"}).out;
      if (status.find(R"("running":false)") != std::string::npos)
        break;
    }
    CHECK(folder.ask({"status", "--json"}).out.find(R"("running":false)") !=
          std::string::npos);
    CHECK(folder.ask({"stop"}).exit_code == 0);
    CHECK(node.wait().exit_code == 0);
  }
}

}  // namespace instar::cli::test

#endif
