// The schemas and the readers say the same. Where they cannot, they differ as
// listed here and in docs/manifests.md:
// - a schema does not compare: an application given twice in a release, a key
//   given twice in one map, the balance of a script, names that are not there;
// - whether a string is a regular expression is no shape, and its length is
//   counted in bytes by the reader;
// - an entry of an appup that has another shape than {from, instructions} is
//   skipped with a warning by the reader, and wrong for the schema;
// - 1.0 and 1e3 are integers for JSON Schema, and none in YAML.
#include "appup/schema.hpp"

#include "appup/document.hpp"
#include "tests/appup/golden.hpp"
#include "tests/support/json_schema.hpp"
#include "tests/support/mutations.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <map>
#include <stdexcept>

namespace {

namespace json = boost::json;
using namespace instar;
using appup::errc;
using test::json_schema;
using test::manifests;

json_schema schema_of(const char* name) {
  const auto* const found = appup::find_schema(name);
  REQUIRE(found != nullptr);
  return json_schema(found->text);
}

struct verdict {
  bool is_taken = false;
  /// An entry was skipped.
  bool is_warned = false;
  failure why;
};

template <class Read>
verdict verdict_of(const result<Read>& read) {
  if (!read)
    return {false, false, read.error()};
  if constexpr (requires { read->warnings; })
    return {true, !read->warnings.empty(), {}};
  return {true, false, {}};
}

verdict read_with(const std::string& name, const value& document) {
  manifests in;
  in.with(name, json::serialize(document));
  if (name == "app.yaml")
    return verdict_of(appup::read_app(in.files(), name));
  if (name == "appup.yaml")
    return verdict_of(appup::read_appup(in.files(), name));
  if (name == "release.yaml")
    return verdict_of(appup::read_release(in.files(), name));
  return verdict_of(appup::read_relup(in.files(), name));
}

// What the reader knows and no schema can say.
bool is_no_shape(const failure& why) {
  return why.code == errc::bad_regex ||
         why.context.find("is given twice") != std::string::npos;
}

void check_agreement(const std::string& name, const json_schema& schema,
                     const value& document) {
  const auto read = read_with(name, document);
  const auto invalid = schema.why_invalid(document);
  const bool is_right = read.is_taken
                            ? invalid.empty() != read.is_warned
                            : !invalid.empty() || is_no_shape(read.why);
  CHECK_MESSAGE(is_right, name << " " << json::serialize(document)
                               << "\nreader: " << read.why.context
                               << "\nschema: " << invalid);
}

// One of everything.
const std::map<std::string, const char*> complete{{"app.yaml", R"({
      "format": 1, "application": "kv", "vsn": "1.1", "description": "a text",
      "modules": ["kv", "kv_sup"], "registered": ["kv", "Any name"],
      "applications": ["base"], "optional_applications": ["base"],
      "included_applications": ["part"],
      "start_phases": [{"init": [1]}, {"name": "go", "args": {}}],
      "shared_libraries": ["libz.so.1", "priv/lib..so", "a/..b"],
      "mod": {"module": "kv_app", "args": {"a": [1, 2.5, null]}},
      "env": {"a": {"b": [true]}}})"},
                                                  {"release.yaml", R"({
      "format": 1, "release": "kvd", "vsn": "2", "runtime": "0.1.0",
      "applications": [{"kv": "1.1"},
        {"name": "tools", "vsn": "1", "type": "load", "included": ["part"]}],
      "probation": {"seconds": 30, "max_restarts": 3,
        "health": {"module": "kv", "function": "check", "args": [1]},
        "then": "commit"},
      "rollback_failure": "restart"})"},
                                                  {"appup.yaml", R"({
      "format": 1, "vsn": "1.1",
      "up": [{"from": "1.0", "instructions": [
        {"update": {"module": "a", "change": {"advanced": {"x": 1}},
          "mod_type": "static", "timeout": 100,
          "convert_timeout": "infinity", "when_busy": "restart", "pre_purge": "soft_purge",
          "post_purge": "brutal_purge", "dep_mods": ["b"]}},
        {"update": {"module": "a_sup", "change": "supervisor"}},
        {"update": "c"},
        {"load_module": {"module": "b", "pre_purge": "soft_purge",
          "post_purge": "soft_purge", "dep_mods": []}},
        {"add_module": {"module": "d", "dep_mods": ["b"]}},
        {"delete_module": {"module": "e"}},
        {"add_application": {"name": "tools", "type": "load"}},
        {"remove_application": {"name": "old"}},
        {"restart_application": "base"},
        "point_of_no_return"]}],
      "down": [{"to": {"regex": "1\\..*"}, "instructions": [
        [{"update": {"module": "a", "change": "soft", "timeout": "infinity",
            "pre_purge": "soft_purge", "post_purge": "brutal_purge",
            "dep_mods": []}},
         {"load_module": {"module": "b", "pre_purge": "soft_purge",
            "post_purge": "soft_purge", "dep_mods": []}},
         {"add_module": {"module": "d", "dep_mods": []}},
         {"add_application": {"name": "tools", "type": "none"}},
         {"remove_application": "old"}, {"resume": ["a"]}],
        {"apply": {"module": "m", "function": "f", "args": [1]}}]}]})"},
                                                  {"relup.yaml", R"({
      "format": 1, "vsn": "2",
      "up": [{"from": "1", "description": "a text", "script": [
        {"load_object_code": {"lib": "kv", "vsn": "1.1", "modules": ["a"]}},
        {"apply": {"module": "m", "function": "f", "args": [1],
          "undo": {"module": "m", "function": "g", "args": []}}},
        "point_of_no_return",
        {"suspend": ["a", {"module": "b", "timeout": "default",
          "when_busy": "wait"}]},
        {"load": {"module": "a", "pre_purge": "brutal_purge",
          "post_purge": "soft_purge"}},
        {"code_change": {"mode": "up",
          "modules": [{"module": "a", "extra": [1], "timeout": 9}]}},
        {"resume": ["b", "a"]}]}],
      "down": [{"to": "1", "script": [
        {"remove": {"module": "a", "pre_purge": "brutal_purge",
          "post_purge": "soft_purge"}},
        {"purge": ["a"]}, {"stop": ["a"]}, {"start": ["a"]},
        {"sync_nodes": {"id": 1, "nodes": ["n@host"]}},
        {"sync_nodes": {"id": "x", "module": "m", "function": "f",
          "args": []}},
        "restart_new_emulator", "restart_emulator"]}]})"}};

// Each property is described where it stands or where it refers to.
void check_described(const json_schema& schema, const value& from,
                     const std::string& at) {
  if (const auto* const list = from.if_array()) {
    for (const auto& one : *list)
      check_described(schema, one, at);
  }
  const auto* const object = from.if_object();
  if (object == nullptr)
    return;
  for (const auto& [key, inner] : *object) {
    check_described(schema, inner, at + "/" + std::string(key));
    if (key != "properties" || !inner.is_object())
      continue;
    for (const auto& [name, rule] : inner.get_object()) {
      CAPTURE(at);
      CAPTURE(std::string(name));
      const auto* described = &rule.as_object();
      if (!described->contains("description") && described->contains("$ref")) {
        const std::string to(described->at("$ref").as_string());
        described = &schema.root()
                         .at("$defs")
                         .as_object()
                         .at(to.substr(to.rfind('/') + 1))
                         .as_object();
      }
      CHECK(described->contains("description"));
    }
  }
}

}  // namespace

TEST_SUITE("appup/schema") {
  TEST_CASE("each manifest that people write has a schema with a title") {
    std::vector<std::string> names;
    for (const auto& one : appup::schemas()) {
      names.emplace_back(one.name);
      const json_schema schema(one.text);
      CHECK(schema.root().at("title").as_string() == one.name);
      CHECK(schema.root().at("$schema").as_string() ==
            "https://json-schema.org/draft/2020-12/schema");
      CHECK(schema.root().at("$id").as_string() ==
            "urn:instar:schema:" + std::string(one.name));
      check_described(schema, schema.root(), std::string(one.name));
    }
    CHECK(names == std::vector<std::string>{"app.yaml", "appup.yaml",
                                            "instar.yaml", "release.yaml",
                                            "relup.yaml"});
    CHECK(appup::find_schema("app") == appup::find_schema("app.yaml"));
    CHECK(appup::find_schema("config.yaml") == nullptr);
    CHECK(appup::find_schema("") == nullptr);
    CHECK(appup::find_schema(".yaml") == nullptr);
  }

  TEST_CASE("a definition that two schemas share is the same in both") {
    std::map<std::string, value> first;
    for (const auto& one : appup::schemas()) {
      const json_schema schema(one.text);
      for (const auto& [name, definition] :
           schema.root().at("$defs").as_object()) {
        const auto [found, is_new] = first.emplace(name, definition);
        CAPTURE(one.name);
        CAPTURE(found->first);
        CHECK(found->second == definition);
      }
    }
  }

  TEST_CASE("on every change of a complete manifest reader and schema agree") {
    for (const auto& [name, text] : complete) {
      const auto schema = schema_of(name.c_str());
      const auto document = json::parse(text);
      CHECK(schema.why_invalid(document) == "");
      for (const auto& one : test::mutations(document))
        check_agreement(name, schema, one);
    }
  }

  TEST_CASE("on the manifests of all golden cases reader and schema agree") {
    std::map<std::string, json_schema> known;
    for (const auto& one : appup::schemas())
      known.emplace(one.name, one.text);
    std::map<std::string, std::size_t> count;
    for (const auto* file : {"relup_rules.json", "relup_random.json"}) {
      for (const auto& one : test::golden_cases(file)) {
        manifests in;
        const auto answer = test::make_golden(one.as_object(), in);
        if (answer.ok())
          in.with("relup.yaml", appup::write_relup(*answer.relup));
        for (const auto& [written, text] : in.tree()) {
          if (!written.ends_with(".yaml"))
            continue;
          const auto name = written.starts_with("/releases/")
                                ? "release.yaml"
                                : path(written).filename().string();
          ++count[name];
          const auto read =
              appup::read_document(in.files(), written, errc::file_problem);
          REQUIRE(read.read);
          check_agreement(name, known.at(name), read.read->root().to_value());
        }
      }
    }
    CHECK(count["app.yaml"] > 1000);
    CHECK(count["appup.yaml"] > 300);
    CHECK(count["release.yaml"] == 600);
    CHECK(count["relup.yaml"] > 200);
  }

  TEST_CASE("an entry of a relup has a script or the hops and not both") {
    const auto schema = schema_of("relup");
    const auto entry = [&](const char* text) {
      return schema.accepts(
          json::object{{"vsn", "3"}, {"up", json::array{json::parse(text)}}});
    };
    CHECK(entry(R"({"from": "1", "script": []})"));
    CHECK(entry(R"({"from": "1", "via": ["2"]})"));
    CHECK_FALSE(entry(R"({"from": "1", "via": ["2"], "script": []})"));
    CHECK_FALSE(entry(R"({"from": "1"})"));
    CHECK_FALSE(entry(R"({"from": "1", "via": []})"));
    CHECK_FALSE(entry(R"({"from": "1", "via": [2]})"));
  }
}

TEST_SUITE("support/json_schema") {
  TEST_CASE("a keyword that is not known is no schema") {
    CHECK_THROWS_AS(json_schema(R"({"minimun": 1})"), std::invalid_argument);
    CHECK_THROWS_AS(json_schema(R"({"properties": {"a": {"if": true}}})"),
                    std::invalid_argument);
    CHECK_THROWS_AS(json_schema(R"({"anyOf": [{"$ref": "#/$defs/a"}]})"),
                    std::invalid_argument);
    CHECK_THROWS_AS(json_schema(R"({"type": "text"})"), std::invalid_argument);
    CHECK_THROWS_AS(json_schema("[]"), std::invalid_argument);
  }

  TEST_CASE("each keyword refuses what it must and nothing else") {
    struct row {
      const char* schema;
      const char* taken;
      const char* refused;
    };
    const row rows[]{
        {R"({"type": "integer"})", "[1, -1, 2.0, 18446744073709551615]",
         R"([1.5, "1", null])"},
        {R"({"type": ["string", "null"]})", R"(["", null])", "[0, [], {}]"},
        {R"({"type": "number"})", "[1, 1.5]", "[true]"},
        {R"({"type": "boolean"})", "[true]", "[0]"},
        {R"({"enum": ["a", 1]})", R"(["a", 1])", R"(["b", 2, null])"},
        {R"({"const": 1})", "[1]", R"([2, "1"])"},
        {R"({"pattern": "^a$"})", R"(["a", 1, null])", R"(["aa", "a\n", ""])"},
        {R"({"minLength": 1, "maxLength": 2})", R"(["a", "\u00e9\u00e9", 5])",
         R"(["", "abc"])"},
        {R"({"minimum": 1, "maximum": 2})", R"([1, 2, 1.5, "3"])",
         "[0, 2.5, -1]"},
        {R"({"minItems": 1, "maxItems": 2})", "[[1], [1, 2], {}]",
         "[[], [1, 2, 3]]"},
        {R"({"minProperties": 1, "maxProperties": 1})",
         R"([{"a": 1}, [], "ab"])", R"([{}, {"a": 1, "b": 2}])"},
        {R"({"items": {"type": "integer"}})", R"([[], [1], "a"])",
         R"([["a"], [1, "a"]])"},
        {R"({"required": ["a"]})", R"([{"a": null}, []])", R"([{}, {"b": 1}])"},
        {R"({"properties": {"a": {"const": 1}}, "additionalProperties":
             {"const": 2}})",
         R"([{}, {"a": 1, "b": 2}, 7])", R"([{"a": 2}, {"b": 1}])"},
        {R"({"properties": {"a": true}, "additionalProperties": false})",
         R"([{"a": 5}])", R"([{"b": 5}])"},
        {R"({"propertyNames": {"maxLength": 1}})", R"([{"a": 5}])",
         R"([{"ab": 5}])"},
        {R"({"anyOf": [{"const": 1}, {"type": "integer"}]})", "[1, 2]",
         R"(["1"])"},
        {R"({"oneOf": [{"const": 1}, {"type": "integer"}]})", "[2]",
         R"([1, "1"])"},
        {R"({"allOf": [{"minimum": 1}, {"maximum": 2}]})", "[1, 2]", "[0, 3]"},
        {R"({"not": {"const": 1}})", "[2]", "[1]"},
        {R"({"$ref": "#/$defs/a", "maximum": 2,
             "$defs": {"a": {"minimum": 1}}})",
         "[1, 2]", "[0, 3]"}};
    for (const auto& [text, taken, refused] : rows) {
      const json_schema schema(text);
      CAPTURE(text);
      const auto all_taken = json::parse(taken).as_array();
      for (const auto& one : all_taken) {
        CAPTURE(json::serialize(one));
        CHECK(schema.accepts(one));
      }
      const auto all_refused = json::parse(refused).as_array();
      for (const auto& one : all_refused) {
        CAPTURE(json::serialize(one));
        CHECK_FALSE(schema.accepts(one));
      }
    }
  }
}
