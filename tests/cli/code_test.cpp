// `instar code ...` against a node that answers from a script.
#include "tests/cli/operator.hpp"

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

namespace instar::cli::test {
namespace {

TEST_SUITE("cli/code") {
  TEST_CASE("which says where code comes from and who holds the old") {
    scripted_node node;
    node.on("GET /v1/code/kv_shard", R"json({"module": "kv_shard",
        "current": {"vsn": "1.1", "file": "lib/kv_shard.so", "mapped": "x",
                    "build_id": "ab12", "processes": 15},
        "old": [{"vsn": "1.0", "file": "old.so", "mapped": "y",
                 "build_id": "cd34", "processes": 1,
                 "held_by": ["0.9.2 kv_shard_3 (its state)"]}],
        "sticky": false, "modified": true})json");
    CHECK(node.ask({"code", "which", "kv_shard"}).out ==
          "module       kv_shard\n"
          "current      1.1\n"
          "  file       lib/kv_shard.so\n"
          "  build id   ab12\n"
          "  processes  15\n"
          "old          1.0\n"
          "  file       old.so\n"
          "  build id   cd34\n"
          "  processes  1\n"
          "  held by    0.9.2 kv_shard_3 (its state)\n"
          "sticky       no\n"
          "modified     yes\n");
  }

  TEST_CASE("a file is named to the node by its whole path") {
    scripted_node node;
    node.on("POST /v1/code/load", R"({"ok": true, "module": "kv_format"})");
    CHECK(node.ask({"code", "load", "some/kv_format.so"}).out ==
          "kv_format is loaded\n");
    const auto here = boost::filesystem::absolute("some/kv_format.so").string();
    CHECK(node.requests() ==
          std::vector<std::string>{R"(POST /v1/code/load {"path":")" + here +
                                   "\"}"});
  }

  TEST_CASE("a module is upgraded with its extra") {
    scripted_node node;
    node.on("POST /v1/code/upgrade", R"({"ok": true, "from": "1.0",
        "to": "1.0", "outcome": "installed", "batches": 1, "processes": 8,
        "by_module": {"kv": 8}, "pause_us": 12, "phases": {}})");
    const auto done = node.ask({"code", "upgrade", "/b/kv.so", "--extra",
                                R"({"n": 2})", "--timeout", "1s"});
    CHECK(done.exit_code == 0);
    CHECK(done.out ==
          "1.0 -> 1.0: installed\n"
          "  processes  8 in 1 batch: kv 8\n"
          "  pause      12 us\n");
    CHECK(node.requests() == std::vector<std::string>{
                                 R"(POST /v1/code/upgrade {"timeout_ms":1000,)"
                                 R"("path":"/b/kv.so","extra":{"n":2}})"});
    node.on("POST /v1/code/upgrade", R"({"ok": false, "from": "1.0",
        "to": "1.1", "outcome": "undone", "batches": 0, "processes": 0,
        "by_module": {}, "pause_us": 0, "phases": {},
        "error": {"tag": "code_change_failed", "message": "no"}})",
            409);
    CHECK(node.ask({"code", "upgrade", "/b/kv.so"}).exit_code == 4);
    CHECK(node.ask({"code", "upgrade", "/b/kv.so", "--extra", "{"}).exit_code ==
          2);
  }

  TEST_CASE("purges and deletes say what is so now") {
    scripted_node node;
    node.on("POST /v1/code/kv/purge", R"({"ok": true})");
    node.on("POST /v1/code/kv/delete", R"({"ok": true})");
    node.on("POST /v1/code/kv/soft-purge",
            R"json({"error": {"tag": "old_processes", "message":
                "kv 1.0 is still used by 0.9.2 (its state)"}})json",
            409);
    CHECK(node.ask({"code", "purge", "kv"}).out == "kv: old code is gone\n");
    CHECK(node.ask({"code", "delete", "kv"}).out ==
          "kv: there is no current code\n");
    const auto refused = node.ask({"code", "soft-purge", "kv"});
    CHECK(refused.exit_code != 0);
    CHECK(refused.err.find("kv 1.0 is still used by 0.9.2 (its state)") !=
          std::string::npos);
  }
}

}  // namespace
}  // namespace instar::cli::test
