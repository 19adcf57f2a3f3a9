// The event manager of docs/writing-modules.md, from its module files.
#include "runtime/runtime.hpp"
#include "runtime/sys.hpp"
#include "tests/support/result.hpp"
#include "tests/support/stepped_scheduler.hpp"

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

#include <string>

namespace instar::test {

TEST_SUITE("runtime/event_bus") {
  TEST_CASE("a process tells a bus whose handler is asked and deleted") {
    const auto spool = boost::filesystem::temp_directory_path() /
                       boost::filesystem::unique_path("instar-%%%%%%%%");
    {
      stepped_scheduler sched;
      real_file_system files;
      runtime node(sched, files, {spool, nullptr});
      for (const std::string module : {"house_sup", "audit", "front_door"}) {
        REQUIRE(node.code().load_file(path(INSTAR_TEST_MODULES) /
                                      (module + "-1.0") / (module + ".so")));
      }
      spawn_options options;
      options.start.module = "house_sup";
      const auto top = node.start(std::move(options));
      REQUIRE(top);
      const value ada{{"visit", {{"who", "ada"}}}};
      for (int i = 0; i < 2; ++i) {
        CHECK(node.call_json("front_door", ada).value() ==
              value("2 events, 1 handler, the last was ada again"));
      }
      const auto modules = sys::get_modules(node, "bus");
      REQUIRE(modules);
      CHECK(modules->empty());
    }
    boost::system::error_code ignored;
    boost::filesystem::remove_all(spool, ignored);
  }
}

}  // namespace instar::test
