// The two loops of OTP's documentation of code loading, from their module files: one
// that stays in old code, and one that moves at its next turn.
#include "runtime/holders.hpp"
#include "runtime/runtime.hpp"
#include "runtime/sys.hpp"
#include "runtime/upgrade.hpp"
#include "tests/support/result.hpp"
#include "tests/support/stepped_scheduler.hpp"

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace instar::test {
namespace {

class loops {
public:
  loops() {
    load("1.0");
    for (const auto* module : {"local_loop", "external_loop"}) {
      spawn_options options;
      options.start.module = module;
      options.name = module;
      REQUIRE(node.start(std::move(options)));
    }
  }
  ~loops() {
    node.stop();
    boost::system::error_code ignored;
    boost::filesystem::remove_all(spool_, ignored);
  }

  /// As load_module of both.
  void load(const std::string& vsn) {
    std::vector<module_upgrade> all;
    for (const std::string module : {"local_loop", "external_loop"}) {
      module_upgrade one;
      one.module = module;
      one.next = node.code()
                     .load_next(path(INSTAR_TEST_MODULES) /
                                (module + "-" + vsn) / (module + ".so"))
                     .value();
      all.push_back(one);
    }
    upgrade batch(node, all, {});
    REQUIRE(batch.check());
    REQUIRE(batch.prepare());
    REQUIRE(batch.commit());
    REQUIRE(batch.adopt(std::chrono::seconds(10)));
  }
  std::string version_of(const std::string& name) {
    const value which{{"which", boost::json::object()}};
    return std::string(node.call_json(name, which).value().as_string());
  }
  bool is_in_old_code(const std::string& name) {
    return check_process_code(node, node.whereis(name), name);
  }

private:
  const path spool_ = boost::filesystem::temp_directory_path() /
                      boost::filesystem::unique_path("instar-%%%%%%%%");

public:
  stepped_scheduler sched;
  real_file_system files;
  runtime node{sched, files, {spool_, nullptr}};
};

}  // namespace

TEST_SUITE("runtime/code_loading") {
  TEST_CASE("a local loop stays in old code and an external one moves") {
    loops t;
    CHECK(t.version_of("local_loop") == "1.0");
    CHECK(t.version_of("external_loop") == "1.0");
    t.load("2.0");
    CHECK(t.is_in_old_code("local_loop"));
    CHECK(t.is_in_old_code("external_loop"));
    // Both wait in the old code for this one.
    CHECK(t.version_of("local_loop") == "1.0");
    CHECK(t.version_of("external_loop") == "1.0");
    CHECK(t.version_of("local_loop") == "1.0");
    CHECK(t.version_of("external_loop") == "2.0");
    CHECK(t.is_in_old_code("local_loop"));
    CHECK_FALSE(t.is_in_old_code("external_loop"));

    CHECK_FALSE(t.node.code().soft_purge("local_loop"));
    REQUIRE(t.node.code().soft_purge("external_loop"));
    REQUIRE(t.node.cast_json("local_loop",
                             value{{"code_switch", boost::json::object()}}));
    CHECK(t.version_of("local_loop") == "2.0");
    CHECK_FALSE(t.is_in_old_code("local_loop"));
    REQUIRE(t.node.code().soft_purge("local_loop"));
    // What they have counted went with them.
    CHECK(sys::get_state(t.node, "external_loop").value().at("messages") == 3);
  }

  TEST_CASE("a loop that was not told goes with its code when that is purged") {
    loops t;
    t.load("2.0");
    const auto lost = t.node.whereis("local_loop");
    REQUIRE(t.node.code().purge("local_loop"));
    CHECK(t.node.table().find_alive(lost) == nullptr);
    CHECK(t.version_of("external_loop") == "1.0");
  }
}

}  // namespace instar::test
