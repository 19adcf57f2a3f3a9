// What a stepped node does, and what it says when it does not.
#include "runtime/errors.hpp"

#include <boost/describe/class.hpp>
#include <boost/filesystem/directory.hpp>
#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

#include <instar/testing.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

using boost::json::object;
using instar::errc;
using instar::testing::stepped_node;
using namespace std::chrono_literals;

// The messages of the ledger as an older and a newer sender have them.
namespace ledger_test {
inline namespace INSTAR_VSN {

struct book {
  std::int16_t amount = 0;
  std::string reason{};
};
BOOST_DESCRIBE_STRUCT(book, (), (amount, reason))

struct where {
  bool unused = false;
  using reply = std::vector<std::string>;
};
BOOST_DESCRIBE_STRUCT(where, (), (unused))

}  // namespace INSTAR_VSN
}  // namespace ledger_test

namespace {

constexpr const char* ledger_1_1 = TEST_LIB "/ledger-1.1.0";
constexpr const char* ledger_1_2 = TEST_LIB "/ledger-1.2.0";

template <class T>
void refuses(const instar::result<T>& done, const std::string& text) {
  REQUIRE_FALSE(done);
  CHECK(done.error().message() == text);
}

/// A folder that goes with the test.
class scratch_folder {
public:
  scratch_folder()
      : path_(boost::filesystem::temp_directory_path() /
              boost::filesystem::unique_path("instar-%%%%%%%%%%%%")) {
    boost::filesystem::create_directories(path_);
  }
  ~scratch_folder() { boost::filesystem::remove_all(path_); }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  const instar::path& path() const { return path_; }
  void write(const char* file, const char* text) const {
    std::ofstream((path_ / file).string()) << text;
  }

private:
  instar::path path_;
};

void start_ledger(stepped_node& node) {
  REQUIRE(node.load(ledger_1_1));
  REQUIRE(node.start("ledger", {}, "ledger"));
}

}  // namespace

TEST_SUITE("testing/stepped_node") {
  TEST_CASE("casts wait in the mailbox and go to the code that handles them") {
    stepped_node node;
    start_ledger(node);
    for (int i = 0; i < 3; ++i)
      REQUIRE(node.cast_json("ledger", {{"book", {{"amount", 7}}}}));
    const auto up = node.upgrade_application(ledger_1_2);
    REQUIRE(up);
    CHECK(up->by_module == std::map<std::string, std::size_t>{{"ledger", 1}});
    CHECK(*node.state("ledger") ==
          object{{"balance", 21}, {"currency", "EUR"}});
    CHECK(node.vsn("ledger") == "1.2.0");
  }

  TEST_CASE("messages that the test has types for are carried over") {
    stepped_node node;
    start_ledger(node);
    node.cast("ledger", ledger_test::book{.amount = 5, .reason = "rent"});
    CHECK(*node.state("ledger") == object{{"balance", 5}});
    const auto where = node.call("ledger", ledger_test::where{});
    REQUIRE(where);
    CHECK(where->at(0) == "EUR");
    const auto other = node.call<std::int64_t>("ledger", ledger_test::where{});
    refuses(other, "the reply is a vector");
    // It has no handle_info, so nothing comes of it; nor of what nobody gets.
    node.send("ledger", ledger_test::book{.amount = 1});
    node.cast("nobody", ledger_test::book{.amount = 1});
    CHECK(*node.state("ledger") == object{{"balance", 5}});
    refuses(node.call("nobody", ledger_test::where{}), "no process nobody");
  }

  TEST_CASE("a conversion that throws leaves the node as it was") {
    stepped_node node;
    start_ledger(node);
    REQUIRE(node.replace_state("ledger", {{"balance", -1}}));
    const auto pid = node.runtime().whereis("ledger");
    const auto up = node.upgrade_application(ledger_1_2);
    refuses(up, "code_change of ledger in process " + to_string(pid) +
                    " ledger failed: the balance is below zero");
    CHECK(up.error().code == errc::code_change_failed);
    CHECK(*node.state("ledger") == object{{"balance", -1}});
    CHECK(node.vsn("ledger") == "1.1.0");
    REQUIRE(node.replace_state("ledger", {{"balance", 1}}));
    CHECK(node.upgrade_application(ledger_1_2));
  }

  TEST_CASE("a way that the appup does not have is told with its place") {
    stepped_node node;
    start_ledger(node);
    REQUIRE(node.upgrade_application(ledger_1_2));
    refuses(node.downgrade_application(ledger_1_1),
            std::string(ledger_1_2) +
                "/appup.yaml:7:1: error[no_relup]: ledger 1.2.0 has no "
                "way down to version 1.1.0; it has none at all\n  down: "
                "[]\n  ^");
    refuses(node.upgrade_application(ledger_1_1),
            std::string(ledger_1_1) +
                "/appup.yaml: error[file_problem]: there is no such "
                "file, and the application's version changes");
    // Without the appup the state has no way down either.
    refuses(node.downgrade({TEST_LIB "/ledger-1.1.0/modules/ledger.so"}),
            "the state of ledger 1.2.0 in memory is "
            "ledger_test.state, that of 1.1.0 is ledger_test.state, "
            "and neither version has a code_change_down for it: "
            "field currency would be dropped: write a code_change");
    CHECK(node.vsn("ledger") == "1.2.0");
  }

  TEST_CASE("a mistake in an appup is shown where it was written") {
    const scratch_folder folder;
    folder.write("app.yaml",
                 "application: ledger\nvsn: \"9\"\nmodules: [ledger]\n");
    folder.write("appup.yaml",
                 "vsn: \"9\"\nup:\n  - from: \"1.1.0\"\n"
                 "    instructions: [{update: {module: leger}}]\n");
    stepped_node node;
    start_ledger(node);
    refuses(node.upgrade_application(folder.path()),
            folder.path().string() +
                "/appup.yaml:4:38: error[no_such_module]: the module "
                "leger is in no application of release 3 (did you mean "
                "\"ledger\"?)\n      instructions: [{update: {module: "
                "leger}}]\n                                       ^");
  }

  TEST_CASE("what is not there is said by its name") {
    stepped_node node;
    refuses(node.load("nowhere/counter-1.0.0"),
            "open " +
                boost::filesystem::absolute("nowhere/counter-1.0.0").string() +
                ": No such file or directory");
    refuses(node.upgrade_application(ledger_1_2),
            "no application is loaded that could be upgraded");
    refuses(
        node.upgrade({TEST_LIB "/ledger-1.2.0/modules/ledger.so"}),
        "module ledger is not loaded: there is nothing to upgrade; load it");
    refuses(node.start("ledger"), "module ledger is not loaded");
    refuses(node.state("ledger"), "no process ledger");
    start_ledger(node);
    refuses(node.load(ledger_1_2),
            "application ledger is loaded already, in version 1.1.0: "
            "upgrade it to 1.2.0");
    REQUIRE(node.load(ledger_1_1));
    refuses(node.upgrade_application(ledger_1_1),
            "application ledger is in version 1.1.0 already");
    refuses(node.upgrade({TEST_LIB "/ledger-1.1.0/modules/ledger.so"}),
            "ledger 1.1.0 of " TEST_LIB
            "/ledger-1.1.0/modules/ledger.so runs already");
    refuses(node.replace_state("ledger", {{"balanse", 1}}),
            "ledger_test.state: ledger_test.state has no field "
            "balanse; did you mean balance?");
    refuses(node.cast_json("ledger", {{"boook", object()}}),
            "ledger takes no boook as a cast; it takes: book");
    refuses(node.call_json("ledger", {{"where", {{"unused", 1}}}}),
            "ledger_test.where.unused: expected true or false, found 1");
    refuses(node.round_trip("nobody", ledger_1_2), "no process nobody");
    refuses(node.round_trip("ledger", ledger_1_2),
            "on the way down: " + std::string(ledger_1_2) +
                "/appup.yaml:7:1: error[no_relup]: ledger 1.2.0 has no "
                "way down to version 1.1.0; it has none at all\n  down: "
                "[]\n  ^");
  }

  TEST_CASE("the environment and the folder of files follow the version") {
    stepped_node node;
    node.set_env("ledger", "currency", "DKK");
    start_ledger(node);
    const auto where = [&] { return *node.call_json("ledger", "where"); };
    CHECK(where().at(0) == "DKK");
    const auto before = where().at(1);
    CHECK(before.as_string().ends_with("/ledger-1.1.0/priv"));
    REQUIRE(node.upgrade_application(ledger_1_2));
    CHECK(where().at(0) == "DKK");
    CHECK(where().at(1).as_string().ends_with("/ledger-1.2.0/priv"));
    node.set_env("ledger", "currency", "SEK");
    CHECK(where().at(0) == "SEK");
  }

  TEST_CASE("modules go up and down without an appup") {
    stepped_node node;
    REQUIRE(node.load(ZOO "-1.0.0/zoo.so"));
    REQUIRE(node.start("zoo", {}, "zoo"));
    const auto up = node.upgrade({ZOO "-2.0.0/zoo.so"});
    REQUIRE(up);
    CHECK(up->processes == 1);
    CHECK(node.vsn("zoo") == "2.0.0");
    REQUIRE(node.downgrade({ZOO "-1.0.0/zoo.so"}));
    CHECK(node.vsn("zoo") == "1.0.0");
  }

  TEST_CASE("timers wait for the test and fire in the next version") {
    stepped_node node;
    REQUIRE(node.load(ZOO "-1.0.0/zoo.so"));
    const auto pid = *node.start("zoo");
    REQUIRE(node.cast_json(
        pid, {{"say_after", {{"seconds", 3600}, {"text", "an hour"}}}}));
    node.run_until_idle();
    REQUIRE(node.upgrade({ZOO "-2.0.0/zoo.so"}));
    node.advance(1h - 1ns);
    CHECK(node.logged().empty());
    node.advance(1ns);
    REQUIRE(node.logged().size() == 1);
    CHECK(node.logged()[0] == to_string(pid) + " (zoo): an hour");
  }

  TEST_CASE("the order follows from the seed") {
    const auto order_of = [](std::optional<std::uint64_t> seed) {
      stepped_node node({.seed = seed});
      REQUIRE(node.load(ZOO "-1.0.0/zoo.so"));
      std::vector<instar::pid> processes;
      for (int i = 0; i < 8; ++i)
        processes.push_back(*node.start("zoo"));
      for (const auto& one : processes)
        REQUIRE(node.cast_json(one, {{"say", {{"text", "."}}}}));
      node.run_until_idle();
      return node.logged();
    };
    const auto in_order = order_of({});
    REQUIRE(in_order.size() == 8);
    CHECK(std::is_sorted(in_order.begin(), in_order.end()));
    CHECK(order_of({}) == in_order);
    CHECK(order_of(1) == order_of(1));
    CHECK(order_of(1) != order_of(2));
  }

  TEST_CASE("several nodes come and go and leave no folder") {
    const auto count = [] {
      std::ptrdiff_t found = 0;
      for (const auto& one : boost::filesystem::directory_iterator(
               boost::filesystem::temp_directory_path())) {
        if (one.path().filename().string().starts_with("instar-testing-"))
          ++found;
      }
      return found;
    };
    const scratch_folder temporary;
    ::setenv("TMPDIR", temporary.path().c_str(), 1);
    for (int i = 0; i < 3; ++i) {
      stepped_node node;
      start_ledger(node);
      CHECK(count() == 1);
    }
    CHECK(count() == 0);
    ::unsetenv("TMPDIR");
  }
}
