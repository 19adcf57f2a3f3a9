// instar.yaml's schema and its reader say the same, but for numbers: 1.0 and
// 1e3 are integers for JSON Schema, and none in YAML; a memory_limit that has no
// room in 64 bits has a good shape.
#include "appup/schema.hpp"
#include "release_handler/node_config.hpp"
#include "tests/support/json_schema.hpp"
#include "tests/support/memory_file_system.hpp"
#include "tests/support/mutations.hpp"
#include "tests/support/result.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

namespace instar::release_handler {

TEST_SUITE("release_handler/node_config_schema") {
  TEST_CASE("on every change of complete settings reader and schema agree") {
    const instar::test::json_schema schema(
        appup::find_schema("instar.yaml")->text);
    auto complete = boost::json::parse(R"({
      "format": 1, "trusted_keys": ["RWSusP08xaCdI52CekN3+Bk/Tk0C4pKg+tYT/+8UFT0LDAZu+2qRU0bb"], "allow_unsigned": true,
      "floor": "1.4", "keep": 3,
      "roles": {"group": "ops", "read": ["alice"], "operate": ["bob"]},
      "listen": {"address": "0.0.0.0:7070", "token_file": "/t",
        "certificate": "/c", "key": "/k"},
      "code_mode": "interactive", "workers": 4, "memory_limit": "2GiB",
      "hold_ms": 20, "boot_timeout": 90})");
    const value each_role = {{"operate", "/t"}, {"read", "/r"}};
    for (const auto& tokens : {value("/t"), each_role}) {
      complete.at("listen").at("token_file") = tokens;
      CHECK(schema.why_invalid(complete) == "");
      for (const auto& one : instar::test::mutations(complete)) {
        instar::test::memory_file_system files;
        REQUIRE(files.write("/instar.yaml", boost::json::serialize(one)));
        const auto read = read_node_config(files, "/instar.yaml");
        const auto invalid = schema.why_invalid(one);
        CHECK_MESSAGE(read.has_value() == invalid.empty(),
                      boost::json::serialize(one)
                          << "\nreader: " << read << "\nschema: " << invalid);
      }
    }
  }
}

}  // namespace instar::release_handler
