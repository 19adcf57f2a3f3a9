#include "runtime/shared_libraries.hpp"

#include "module/errors.hpp"
#include "runtime/apply.hpp"
#include "runtime/code_server.hpp"
#include "runtime/runtime.hpp"
#include "tests/support/result.hpp"
#include "tests/support/stepped_scheduler.hpp"

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

namespace instar::test {
namespace {

/// A runtime over real files, which only can be mapped.
struct mapping_node {
  path spool = boost::filesystem::temp_directory_path() /
               boost::filesystem::unique_path("instar-%%%%%%%%");
  stepped_scheduler sched;
  real_file_system files;
  runtime node{sched, files, {spool, nullptr}};

  ~mapping_node() {
    boost::system::error_code ignored;
    boost::filesystem::remove_all(spool, ignored);
  }
};

path library(int build) {
  return path(INSTAR_TEST_LIBRARIES) / ("shared_" + std::to_string(build)) /
         "libtest_shared.so";
}

path module() {
  return path(INSTAR_TEST_MODULES) / "sharing-1.0/sharing.so";
}

}  // namespace

TEST_SUITE("runtime/shared_libraries") {
  TEST_CASE("a module is loaded when its application's library is mapped") {
    mapping_node t;
    auto& code = t.node.code();
    const auto early = code.load_file(module());
    REQUIRE_FALSE(early);
    CHECK(early.error().code ==
          make_error_code(module_file::errc::bad_dependency));
    CHECK(early.error().context.find("it needs libtest_shared.so") !=
          std::string::npos);

    REQUIRE(code.libraries().use(t.files, library(1)));
    CHECK(code.libraries().names() ==
          std::vector<std::string>{"libtest_shared.so"});
    const auto loaded = code.load_file(module());
    REQUIRE(loaded);
    CHECK((*loaded)->name == "sharing");
  }

  TEST_CASE("a second build of a shared library is refused by name") {
    mapping_node t;
    auto& libraries = t.node.code().libraries();
    REQUIRE(libraries.use(t.files, library(1)));
    CHECK(libraries.use(t.files, library(1)));
    const auto other = libraries.use(t.files, library(2));
    REQUIRE_FALSE(other);
    CHECK(other.error().code ==
          make_error_code(module_file::errc::bad_dependency));
    CHECK(other.error().context ==
          library(2).string() + ": libtest_shared.so is in use from " +
              library(1).string() +
              ", in another build: a node has one version of a shared library "
              "until it restarts");
  }

  TEST_CASE("what is no library is refused and nothing is left behind") {
    mapping_node t;
    REQUIRE(t.files.make_folders(t.spool));
    const auto text = t.spool / "text.so";
    REQUIRE(t.files.write(text, "hello"));
    auto& libraries = t.node.code().libraries();
    const auto refused = libraries.use(t.files, text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().context == text.string() + ": not an ELF file");
    CHECK(libraries.names().empty());
    // A module has no name of its own for ld.so.
    const auto nameless = libraries.use(t.files, module());
    REQUIRE_FALSE(nameless);
    CHECK(nameless.error().context.find("needs a name and a build id") !=
          std::string::npos);
  }

  TEST_CASE("a library of the system's is allowed by its name") {
    mapping_node t;
    auto& libraries = t.node.code().libraries();
    libraries.allow("libz.so.1");
    libraries.allow("libz.so.1");
    CHECK(libraries.names() == std::vector<std::string>{"libz.so.1"});
  }
}

}  // namespace instar::test
