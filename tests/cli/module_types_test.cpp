#include "cli/module_types.hpp"

#include "module/module_description.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

#include <string>

namespace instar::cli {
namespace {

boost::json::object described() {
  real_file_system files;
  const auto read = module_file::describe_module(
      files, path(INSTAR_TEST_MODULES) / "described-1.0/described.so");
  REQUIRE(read);
  return types_json(*read);
}

}  // namespace

TEST_SUITE("cli/module_types") {
  TEST_CASE("a module's types are told to people") {
    CHECK("\n" + show(described()) == R"(

messages
  as    message  reply
  call  app.get  string
  cast  app.get  -

conversions
  way   from           to
  up    app.old_state  app.state
  down  app.state      app.old_state

exported functions
  name   signature
  twice  int (int)

imports
  module  name    signature
  other   thrice  int (int)

struct app.state (184 bytes)
  field   type                           at  bytes  was called
  total   int8                            0      8  count
  paint   app.color                       8      4  -
  root    app.tree                       16     56  -
  prices  map<string,optional<float8>>   72     48  -
  choice  variant<int4,string>          120     40  -
  bytes   array<uint1,3>                160      3  -
  age     duration<int8,1/1000>         168      8  -
  owned   unique_ptr<int4>              176      8  -

struct app.tree (56 bytes)
  field     type              at  bytes
  label     string             0     32
  children  vector<app.tree>  32     24

struct app.get (32 bytes)
  field  type    at  bytes
  key    string   0     32
)");
  }

  TEST_CASE("programs are given the layouts too") {
    const auto made = described();
    CHECK(made.at("behaviour") == "gen_server");
    CHECK(made.at("state") == "app.state");
    const auto& up = made.at("conversions").as_array().at(0).as_object();
    CHECK(up.at("from_layout") == "app.old_state{count:int4@0}#4/4");
    CHECK(up.at("adopts") == true);
  }
}

}  // namespace instar::cli
