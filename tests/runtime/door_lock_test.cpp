// The state machine of docs/writing-modules.md, from its module file.
#include "runtime/runtime.hpp"
#include "runtime/sys.hpp"
#include "tests/support/result.hpp"
#include "tests/support/stepped_scheduler.hpp"

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

namespace instar::test {

TEST_SUITE("runtime/door_lock") {
  TEST_CASE("a door opens by its code and locks itself again") {
    const auto spool = boost::filesystem::temp_directory_path() /
                       boost::filesystem::unique_path("instar-%%%%%%%%");
    {
      stepped_scheduler sched;
      real_file_system files;
      runtime node(sched, files, {spool, nullptr});
      REQUIRE(node.code().load_file(path(INSTAR_TEST_MODULES) /
                                    "door_lock-1.0/door_lock.so"));
      spawn_options options;
      options.start.module = "door_lock";
      options.name = "door";
      const auto door = node.start(std::move(options));
      REQUIRE(door);
      const auto enter = [&](std::int64_t code) {
        return node.call_json("door", value{{"enter_code", {{"code", code}}}})
            .value();
      };
      const auto state = [&] { return sys::get_state(node, *door).value(); };
      const value knock{{"knock", boost::json::object()}};

      CHECK(enter(1) == value(false));
      CHECK(state() == value{{"at", "locked"}, {"wrong", 1}});
      CHECK(enter(1234) == value(true));
      CHECK(node.call_json("door", knock).value() == value("come in"));
      sched.advance(std::chrono::seconds(10));
      CHECK(state() == value{{"at", "locked"}, {"wrong", 0}});
      // Nobody opens to whom knocks at a locked door.
      const auto late = node.call_json("door", knock);
      REQUIRE_FALSE(late);
      CHECK(late.error().tag() == "timeout");
    }
    boost::system::error_code ignored;
    boost::filesystem::remove_all(spool, ignored);
  }
}

}  // namespace instar::test
