// app check, module info, release pack and schema.
#include "tests/cli/process.hpp"
#include "tests/release_handler/support.hpp"
#include "tests/support/result.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

namespace instar::cli::test {
namespace {

class folder {
public:
  folder& with(const std::string& name, std::string_view text) {
    const auto file = folder_.where() / name;
    REQUIRE(files_.make_folders(file.parent_path()));
    REQUIRE(files_.write(file, text));
    return *this;
  }
  std::string operator/(const std::string& name) const {
    return (folder_.where() / name).string();
  }
  bool has(const std::string& name) {
    return files_.kind(folder_.where() / name) == file_kind::regular;
  }

private:
  release_handler::test::temporary_folder folder_;
  real_file_system files_;
};

constexpr const char* app_yaml =
    "application: kv\nvsn: \"1.0\"\nmodules: [shard]\n";

TEST_SUITE("cli/build_machine") {
  TEST_CASE("an application without modules has its manifests checked") {
    folder at;
    at.with("kv-1.0/app.yaml", app_yaml);
    const auto done = instar({"app", "check", at / "kv-1.0"});
    CHECK(done.exit_code == 0);
    CHECK(done.out == "kv 1.0: manifests and 0 modules are right\n");
    CHECK(done.err == "warning: " + (at / "kv-1.0/modules") +
                          ": is not there, so only the manifests were "
                          "checked\n");
  }

  TEST_CASE("a module that is missing or no module is an error") {
    folder at;
    at.with("kv-1.0/app.yaml",
            "application: kv\nvsn: \"1.0\"\n"
            "modules: [shard, conn]\n")
        .with("kv-1.0/modules/shard.so", "no ELF")
        .with("kv-1.0/modules/old.so", "x");
    const auto done = instar({"app", "check", at / "kv-1.0", "--json"});
    CHECK(done.exit_code == 1);
    CHECK(done.err == "");
    CHECK(done.out.starts_with(
        R"({"ok":false,"application":"kv","vsn":"1.0","modules":1,)"
        R"("error":{"tag":"bad_elf",)"));
    CHECK(done.out.find(R"({"tag":"no_such_file","message":")" +
                        (at / "kv-1.0/modules/conn.so")) != std::string::npos);
    CHECK(done.out.find((at / "kv-1.0/modules/old.so") +
                        ": app.yaml does not list it") != std::string::npos);
  }

  TEST_CASE("a manifest's error has its place") {
    folder at;
    at.with("kv-1.0/app.yaml", "application: kv\nvsn: 1.0\n");
    const auto done = instar({"app", "check", at / "kv-1.0"});
    CHECK(done.exit_code == 1);
    CHECK(done.out == "");
    CHECK(done.err.starts_with((at / "kv-1.0/app.yaml") + ":2:6: error["));
  }

  TEST_CASE("an appup for another version is an error") {
    folder at;
    at.with("kv-1.0/app.yaml", app_yaml)
        .with("kv-1.0/appup.yaml", "vsn: \"1.1\"\nup: []\ndown: []\n");
    const auto done = instar({"app", "check", at / "kv-1.0/"});
    CHECK(done.exit_code == 1);
    CHECK(
        done.err.find("appup.yaml: it is for version 1.1, app.yaml says 1.0") !=
        std::string::npos);
  }

  TEST_CASE("a file that is no module is said to be none") {
    folder at;
    at.with("x.so", "no ELF");
    const auto done = instar({"module", "info", at / "x.so"});
    CHECK(done.exit_code == 1);
    CHECK(done.err.starts_with("error[bad_elf]: " + (at / "x.so") + ":"));
    CHECK(instar({"module", "info", at / "gone.so"}).exit_code == 1);
  }

  TEST_CASE("a shared object that is no module is shown with its faults") {
    const auto done = instar({"module", "info", program(), "--json"});
    CHECK(done.exit_code == 0);
    CHECK(done.out.starts_with(R"({"ok":false,"file":")"));
    CHECK(done.out.find(R"("module":null)") != std::string::npos);
    CHECK(done.out.find(R"("rule":"note")") != std::string::npos);
  }

  TEST_CASE("a module is shown with what it imports") {
    const auto module =
        std::string(INSTAR_TEST_MODULES) + "/importing-1.0/importing.so";
    const auto done = instar({"module", "info", module});
    CHECK(done.exit_code == 0);
    CHECK(done.out.find("\n  shard       get    int(int)\n") !=
          std::string::npos);
    CHECK(instar({"module", "info", module, "--json"})
              .out.find(R"("imports":[{"module":"shard","name":"get",)") !=
          std::string::npos);
  }

  TEST_CASE("a release is packed with its applications") {
    folder at;
    at.with("release.yaml",
            "release: kv\nvsn: \"1\"\napplications: [kv: \"1.0\"]\n")
        .with("lib/kv-1.0/app.yaml", app_yaml)
        .with("lib/kv-1.0/modules/shard.so", "x");
    const auto done = instar({"release", "pack", at / "release.yaml", "--path",
                              at / "lib", "--output", at / "kv-1.tar.zst"});
    CHECK(done.err == "");
    CHECK(done.exit_code == 0);
    CHECK(done.out == "packed " + (at / "kv-1.tar.zst") + "\n");
    CHECK(at.has("kv-1.tar.zst"));
  }

  TEST_CASE("a package is signed and verified by a key that was made here") {
    folder at;
    at.with("release.yaml",
            "release: kv\nvsn: \"1\"\napplications: [kv: \"1.0\"]\n")
        .with("lib/kv-1.0/app.yaml", app_yaml)
        .with("password", "a secret\nanother line\n");
    const auto made = instar({"key", "make", at / "k", "--no-password"});
    CHECK(made.err == "");
    CHECK(made.exit_code == 0);
    CHECK(made.out.starts_with(
        (at / "k.key") + " signs packages; keep it secret\n" + (at / "k.pub") +
        " is what nodes trust, in instar.yaml:\n"
        "trusted_keys: [RW"));
    const auto again = instar({"key", "make", at / "k", "--no-password"});
    CHECK(again.exit_code == 1);
    CHECK(again.err == "error[file_exists]: " + (at / "k.key") +
                           ": it is there already, and who loses a secret key "
                           "cannot get it back: take another name\n");
    const auto closed = instar({"key", "make", at / "no"});
    CHECK(
        closed.err ==
        "error[no_password]: the key has a password, and there is no terminal "
        "to ask for it: --password-file, or INSTAR_KEY_PASSWORD\n");
    CHECK_FALSE(at.has("no.key"));

    const auto packed =
        instar({"release", "pack", at / "release.yaml", "--path", at / "lib",
                "--output", at / "kv-1.tar.zst", "--sign", at / "k.key"},
               {"SOURCE_DATE_EPOCH=1700000000"});
    CHECK(packed.err == "");
    CHECK(packed.out == "packed " + (at / "kv-1.tar.zst") + ", signed in " +
                            (at / "kv-1.tar.zst.minisig") + "\n");
    const auto good = instar(
        {"release", "verify", at / "kv-1.tar.zst", "--key", at / "k.pub"});
    CHECK(good.err == "");
    CHECK(good.exit_code == 0);
    CHECK(
        good.out.ends_with("\ntrusted comment: timestamp:1700000000 "
                           "file:kv-1.tar.zst hashed\n"));
    at.with("kv-1.tar.zst", "other bytes");
    const auto bad = instar({"release", "verify", at / "kv-1.tar.zst", "--key",
                             at / "k.pub", "--json"});
    CHECK(bad.exit_code == 1);
    CHECK(
        bad.out.starts_with(R"({"ok":false,"error":{"tag":"bad_signature",)"));
    const auto none = instar(
        {"release", "verify", at / "kv-1.tar.zst", "--key", "RWnothing"});
    CHECK(none.err ==
          "error[bad_key]: --key RWnothing: no such file, and not a minisign "
          "public key, which is 56 characters that begin with RW\n");
  }

  TEST_CASE("a release whose application is missing is not packed") {
    folder at;
    at.with("release.yaml",
            "release: kv\nvsn: \"1\"\napplications: [kv: \"1.0\"]\n")
        .with("lib/x", "");
    const auto done =
        instar({"release", "pack", at / "release.yaml", "--path", at / "lib",
                "--output", at / "kv-1.tar.zst", "--json"});
    CHECK(done.exit_code == 1);
    CHECK(done.out.starts_with(
        R"({"ok":false,"error":{"tag":"no_such_application",)"));
    CHECK_FALSE(at.has("kv-1.tar.zst"));
  }

  TEST_CASE("a folder that is no node cannot be run") {
    folder at;
    at.with("x", "");
    const auto done = instar({"run", at / ""});
    CHECK(done.exit_code == 1);
    CHECK(done.err.find("is no node's folder") != std::string::npos);
  }

  TEST_CASE("a schema is printed by its manifest's name") {
    CHECK(instar({"schema"}).out ==
          "app.yaml\nappup.yaml\ninstar.yaml\nrelease.yaml\nrelup.yaml\n");
    CHECK(instar({"schema", "--json"}).out ==
          R"(["app.yaml","appup.yaml","instar.yaml","release.yaml",)"
          "\"relup.yaml\"]\n");
    const auto done = instar({"schema", "appup"});
    CHECK(done.exit_code == 0);
    CHECK(done.out == instar({"schema", "appup.yaml"}).out);
    const auto schema = boost::json::parse(done.out).as_object();
    CHECK(schema.at("title").as_string() == "appup.yaml");
    const auto wrong = instar({"schema", "relaese.yaml"});
    CHECK(wrong.exit_code == 2);
    CHECK(wrong.err ==
          "instar: NAME: there is no schema \"relaese.yaml\" (did you mean "
          "\"release\"?)\nSee `instar schema --help`.\n");
    CHECK(
        instar({"schema", "config"})
            .err.starts_with(
                "instar: NAME: there is no schema \"config\"; there are app, appup"));
  }
}

}  // namespace
}  // namespace instar::cli::test
