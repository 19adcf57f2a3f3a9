#include "module/module_description.hpp"

#include "module/errors.hpp"
#include "module/type_carry.hpp"
#include "module/type_walk.hpp"
#include "tests/module/module_files.hpp"
#include "tests/support/result.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <random>
#include <string>

namespace instar::module_file {
namespace {

std::string bytes_of(std::string_view module) {
  real_file_system files;
  return files.read(test::module_path(module), most_file_bytes).value();
}

module_description described() {
  auto read = describe_module(bytes_of("described"));
  REQUIRE(read);
  return std::move(*read);
}

}  // namespace

TEST_SUITE("module/module_description") {
  TEST_CASE("a module's types are read from its file") {
    const auto module = described();
    CHECK(module.name == "described");
    CHECK(module.vsn == "1.0");
    CHECK(module.build_id.size() == 40);
    CHECK(module.behaviour == behaviour_kind::gen_server);
    REQUIRE(module.state != nullptr);
    CHECK(layout_text(*module.state) ==
          "app.state{total:int8@0;paint:app.color{red=0;green=7}:int4@8;"
          "root:app.tree{label:string@0;children:vector<^app.tree>@32}#56/8"
          "@16;prices:map<string,optional<float8>>@72;choice:variant<int4,"
          "string>@120;bytes:array<uint1,3>@160;age:duration<int8,1/1000>@168;"
          "owned:unique_ptr<int4>@176}#184/8");
    CHECK(std::string_view(module.state->fields[0].was) == "count");
    CHECK(module.state->fields[1].was == nullptr);
  }

  TEST_CASE("conversions and messages and functions are read") {
    const auto module = described();
    REQUIRE(module.conversions.size() == 2);
    const auto& up = module.conversions[0];
    CHECK(up.direction == direction::up);
    CHECK(std::string_view(up.from->name) == "app.old_state");
    CHECK(up.to == module.state);
    CHECK(up.adopts);
    CHECK(module.conversions[1].direction == direction::down);
    CHECK_FALSE(module.conversions[1].adopts);
    REQUIRE(module.messages.size() == 2);
    CHECK(to_string(module.messages[0].kind) == "call");
    CHECK(layout_text(*module.messages[0].message) ==
          "app.get{key:string@0}#32/8");
    CHECK(std::string_view(module.messages[0].reply->name) == "string");
    CHECK(to_string(module.messages[1].kind) == "cast");
    CHECK(module.messages[1].reply == nullptr);
    REQUIRE(module.functions.size() == 1);
    CHECK(module.functions[0].name == "twice");
    CHECK(module.functions[0].signature == "int (int)");
    REQUIRE(module.imports.size() == 1);
    CHECK(module.imports[0].module == "other");
    CHECK(module.imports[0].name == "thrice");
  }

  TEST_CASE("the types of a file can be compared") {
    const auto one = described();
    const auto other = described();
    CHECK(layout_difference(*one.state, *other.state) == "");
    const auto& old_state = *one.conversions[0].from;
    CHECK(layout_difference(old_state, *other.state) != "");
    CHECK(carry_problem(*other.state, old_state, dropped_fields::refused) ==
          "");
    CHECK(carry_problem(old_state, *other.state, dropped_fields::allowed) ==
          "field total was int8 and is int4: write a code_change for it");
    CHECK(carry_problem(*other.state, *one.state, dropped_fields::refused) ==
          "the value cannot be copied: carry it with adopt()");
  }

  TEST_CASE("a library has a behaviour and nothing else") {
    const auto read = describe_module(bytes_of("good"));
    REQUIRE(read);
    CHECK(to_string(read->behaviour) == "library");
    CHECK(read->state == nullptr);
    CHECK(read->messages.empty());
  }

  TEST_CASE("a file without a descriptor is told so") {
    const auto read = describe_module(bytes_of("no_descriptor"));
    REQUIRE_FALSE(read);
    CHECK(read.error().code == make_error_code(errc::no_descriptor));
    real_file_system files;
    const auto missing = describe_module(files, "/nowhere/none.so");
    REQUIRE_FALSE(missing);
  }

  TEST_CASE("any damage gives a description or an error") {
    const auto whole = bytes_of("described");
    std::mt19937 random(7);
    std::uniform_int_distribution<std::size_t> place(0, whole.size() - 1);
    std::uniform_int_distribution<int> byte(0, 255);
    std::size_t refused = 0;
    for (int round = 0; round < 3000; ++round) {
      auto bytes = whole;
      for (int i = 0; i < 1 + round % 20; ++i)
        bytes[place(random)] = static_cast<char>(byte(random));
      if (round % 5 == 0)
        bytes.resize(place(random));
      const auto read = describe_module(bytes);
      if (!read) {
        ++refused;
        continue;
      }
      if (read->state != nullptr)
        static_cast<void>(layout_text(*read->state));
    }
    CHECK(refused > 0);
  }
}

}  // namespace instar::module_file
