// `instar appup generate` on the modules of the examples and of tests/module.
#include "appup/reader.hpp"
#include "tests/cli/process.hpp"
#include "tests/release_handler/support.hpp"
#include "tests/support/result.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace instar::cli::test {
namespace {

using appup::direction;

/// A library folder.
class library {
public:
  std::string file(const std::string& name) const {
    return (folder_.where() / name).string();
  }
  void write(const std::string& name, std::string_view text) {
    const auto to = folder_.where() / name;
    REQUIRE(files_.make_folders(to.parent_path()));
    REQUIRE(files_.write(to, text));
  }
  std::string read(const path& file) {
    const auto text = files_.read(file, 1U << 20U);
    REQUIRE_MESSAGE(text, text.error().message());
    return *text;
  }
  bool has(const std::string& name) {
    return files_.kind(file(name)) == file_kind::regular;
  }
  real_file_system& files() { return files_; }

  /// A module of tests/module, built as that version.
  void module(const std::string& app, const std::string& module,
              const std::string& vsn) {
    write(app + "/modules/" + module + ".so",
          read(path(INSTAR_TEST_MODULES) / (module + "-" + vsn) /
               (module + ".so")));
  }
  /// APP-VSN with the modules of that version.
  void application(const std::string& vsn,
                   const std::vector<std::string>& modules,
                   const std::string& more = {}) {
    write("kv-" + vsn + "/app.yaml",
          fmt::format("application: kv\nvsn: \"{}\"\nmodules: [{}]\n{}", vsn,
                      fmt::join(modules, ", "), more));
    for (const auto& name : modules)
      module("kv-" + vsn, name, vsn);
  }

  finished generate(const std::string& older, const std::string& newer,
                    const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"appup", "generate", file(older),
                                       file(newer)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return instar(arguments);
  }

private:
  release_handler::test::temporary_folder folder_;
  real_file_system files_;
};

// ---- the examples ------------------------------------------------------------

#ifdef INSTAR_EXAMPLES_FOLDER

/// A copy of one example's applications.
class example : public library {
public:
  explicit example(const std::string& name, std::string older_vsn = "1.0.0",
                   std::string newer_vsn = "1.1.0")
      : name_(name),
        older_vsn_(std::move(older_vsn)),
        newer_vsn_(std::move(newer_vsn)) {
    for (const auto& vsn : {older_vsn_, newer_vsn_}) {
      const auto app = name + "-" + vsn;
      const auto from = path(INSTAR_EXAMPLES_FOLDER) / name / "lib" / app;
      write(app + "/app.yaml", read(from / "app.yaml"));
      const auto modules = files().list(from / "modules");
      REQUIRE(modules);
      for (const auto& module : *modules)
        write(app + "/modules/" + module, read(from / "modules" / module));
    }
  }

  std::string older() const { return name_ + "-" + older_vsn_; }
  std::string newer() const { return name_ + "-" + newer_vsn_; }

  /// That `appup check` has nothing to say about it but the open marks.
  void check_is_right() {
    const auto done = instar(
        {"appup", "check", file(newer()), "--old", file(older()), "--json"});
    CHECK(done.exit_code == 0);
    CHECK(done.err == "");
    const auto said = boost::json::parse(done.out);
    CHECK(said.at("up") == 1);
    CHECK(said.at("down") == 1);
    const auto text = read(file(newer() + "/appup.yaml"));
    std::size_t marks = 0;
    for (auto at = text.find("# DECIDE:"); at != std::string::npos;
         at = text.find("# DECIDE:", at + 1)) {
      ++marks;
    }
    CHECK(said.at("warnings").as_array().size() == marks);
    for (const auto& one : said.at("warnings").as_array())
      CHECK(one.at("tag") == "undecided");
  }

  appup::appup_spec proposed() {
    const auto done =
        generate(older(), newer(), {"--output", file(newer() + "/appup.yaml")});
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    CHECK(done.out == "");
    return read_spec(file(newer() + "/appup.yaml"));
  }
  appup::appup_spec written() {
    return read_spec(path(INSTAR_EXAMPLES_FOLDER) / name_ / "lib" / newer() /
                     "appup.yaml");
  }

private:
  appup::appup_spec read_spec(const path& from) {
    auto read = appup::read_appup(files(), from);
    REQUIRE_MESSAGE(read, read.error().message());
    return std::move(*read);
  }

  std::string name_;
  std::string older_vsn_;
  std::string newer_vsn_;
};

/// What a person added to one instruction.
struct addition {
  direction way;
  std::string module;
  std::function<void(appup::update&)> add;
};

/// That the example's own appup is the proposed one with those additions.
void check_example(example& at, const std::vector<addition>& additions) {
  auto proposed = at.proposed();
  const auto written = at.written();
  CHECK(proposed.vsn == written.vsn);
  for (const auto way : {direction::up, direction::down}) {
    CAPTURE(appup::to_string(way));
    auto& have = way == direction::up ? proposed.up : proposed.down;
    const auto& want = way == direction::up ? written.up : written.down;
    REQUIRE(have.size() == 1);
    REQUIRE(want.size() == 1);
    CHECK(std::get<appup::exact_vsn>(have[0].from).vsn ==
          std::get<appup::exact_vsn>(want[0].from).vsn);
    REQUIRE(have[0].instructions.size() == want[0].instructions.size());
    for (std::size_t i = 0; i < want[0].instructions.size(); ++i) {
      CAPTURE(i);
      auto made = std::get<appup::high_level>(have[0].instructions[i].what);
      for (const auto& one : additions) {
        auto* update = std::get_if<appup::update>(&made);
        if (update != nullptr && one.way == way && one.module == update->module)
          one.add(*update);
      }
      CHECK(made == std::get<appup::high_level>(want[0].instructions[i].what));
    }
  }
}

#endif

}  // namespace

TEST_SUITE("cli/appup_generate") {
#ifdef INSTAR_EXAMPLES_FOLDER
  TEST_CASE("the counter's appup is what is proposed and a name for the past") {
    example at("counter");
    check_example(at, {{direction::up, "counter", [](appup::update& one) {
                          one.change = appup::advanced_change{
                              value{{"earlier_counts", "before-1.1"}}};
                        }}});
    at.check_is_right();
  }

  TEST_CASE("the appup of kv is what is proposed and who sends to the shards") {
    example at("kv");
    const auto add = [](appup::update& one) { one.dep_mods = {"kv_shard"}; };
    check_example(at, {{direction::up, "kv_conn", add},
                       {direction::down, "kv_conn", add}});
    at.check_is_right();
  }

  TEST_CASE(
      "the appup of the kv that fails is what is proposed and a mistake") {
    example at("kv", "1.1.0", "1.2.0");
    check_example(at, {{direction::up, "kv_shard", [](appup::update& one) {
                          boost::json::array limits(8, 250000);
                          limits.at(4) = "250 000";
                          one.change = appup::advanced_change{
                              boost::json::object{{"max_keys", limits}}};
                        }}});
    at.check_is_right();
  }

  TEST_CASE("each instruction has its reasons above it") {
    example at("kv");
    const auto done = at.generate(at.older(), at.newer());
    CHECK(done.exit_code == 0);
    CHECK(done.err ==
          "note: 2 places are marked DECIDE: they depend on what no file "
          "shows\n");
    CHECK("\n" + done.out.substr(0, done.out.find("down:")) == R"(
# kv between 1.0.0 and 1.1.0, as proposed by instar appup generate.
vsn: "1.1.0"
up:
  - from: "1.0.0"
    instructions:
      # a gen_server with other code
      # state kv.state: keys[] was string and is kv.entry; deadlines is new;
      #   next_sweep_ms is new
      # code_change of kv_shard 1.1.0 converts it; it gets what stands behind
      #   advanced as change.extra
      # call kv.batch: requests[].what has the new enumerators expire, ttl,
      #   persist, writes; requests[].keeps_deadline is new;
      #   requests[].deadline_ms is new
      # info kv.sweep is new
      # DECIDE: who sends kv.batch? kv_conn mentions it: where one is a sender,
      #   add kv_shard to its dep_mods; who runs other code meanwhile is not
      #   understood (field requests is vector<kv.request>, whose contents
      #   differ), so it has to change in the same upgrade
      - update: {module: kv_shard, change: {advanced: null}}
      # a gen_server with other code
      # state kv.conn_state: commands is new; name is new
      # code_change of kv_conn 1.1.0 converts it; it gets what stands behind
      #   advanced as change.extra
      - update: {module: kv_conn, change: {advanced: null}}
)");
  }

  TEST_CASE("with --json the proposal is one line with the reasons as lists") {
    example at("counter");
    const auto done = at.generate(at.older(), at.newer(), {"--json"});
    CHECK(done.exit_code == 0);
    CHECK(done.err == "");
    CHECK(boost::json::parse(done.out) == boost::json::parse(R"({
      "ok": true, "application": "counter", "vsn": "1.1.0", "old": "1.0.0",
      "notes": [],
      "up": {"instructions": [
        {"instruction": {"load_module": {"module": "counter_format"}},
         "reasons": ["a library with other code: there is no state"],
         "decisions": []},
        {"instruction": {"update": {"module": "counter",
           "change": {"advanced": null}, "dep_mods": ["counter_format"]}},
         "reasons": ["a gen_server with other code",
           "state counter_example.state: by_client is new",
           "code_change of counter 1.1.0 converts it; it gets what stands behind advanced as change.extra",
           "call counter_example.clients is new",
           "it imports format of counter_format, which changes too"],
         "decisions": []}], "decisions": []},
      "down": {"instructions": [
        {"instruction": {"update": {"module": "counter",
           "change": {"advanced": null}, "dep_mods": ["counter_format"]}},
         "reasons": ["a gen_server with other code",
           "state counter_example.state: by_client is gone",
           "code_change_down of counter 1.1.0 converts it; it gets what stands behind advanced as change.extra",
           "1.0.0 takes no call counter_example.clients: it fails with bad_message",
           "it imports format of counter_format, which changes too"],
         "decisions": []},
        {"instruction": {"load_module": {"module": "counter_format"}},
         "reasons": ["a library with other code: there is no state"],
         "decisions": []}], "decisions": []},
      "decision_count": 0})"));
  }
#endif

  TEST_CASE("another source is a change and another version alone is none") {
    library at;
    at.application("1.0", {"importing"});
    at.application("1.1", {"importing"});
    at.application("1.2", {"importing"});
    const auto same = at.generate("kv-1.0", "kv-1.1");
    CHECK(same.exit_code == 0);
    CHECK(same.out.find("    # no module differs\n    instructions: []\n") !=
          std::string::npos);
    const auto other = at.generate("kv-1.1", "kv-1.2");
    CHECK(other.out.find("- load_module: importing\n") != std::string::npos);
    CHECK(other.out.find("# variables that start fresh, and are no state: "
                         "(anonymous\n      #   namespace)::slots\n") !=
          std::string::npos);
    CHECK(other.err == "");
  }

  TEST_CASE("a module that comes or goes is added and deleted") {
    library at;
    at.application("1.0", {"importing", "described"});
    at.application("1.1", {"importing"}, "registered: [front]\n");
    const auto done = at.generate("kv-1.0", "kv-1.1",
                                  {"--output", at.file("kv-1.1/appup.yaml")});
    CHECK(done.exit_code == 0);
    CHECK(done.err ==
          "note: one place is marked DECIDE: it depends on what no file "
          "shows\n");
    const auto made = at.read(at.file("kv-1.1/appup.yaml"));
    CHECK(made.find("      - delete_module: described\n") < made.find("down:"));
    CHECK(made.find("      - add_module: described\n") > made.find("down:"));
    CHECK(made.find("# registered: front new: an upgrade registers nothing") !=
          std::string::npos);
    const auto check = instar({"appup", "check", at.file("kv-1.1"), "--old",
                               at.file("kv-1.0"), "--json"});
    CHECK(check.exit_code == 0);
    const auto said = boost::json::parse(check.out);
    REQUIRE(said.at("warnings").as_array().size() == 1);
    CHECK(said.at("warnings").at(0).at("tag") == "undecided");
  }

  TEST_CASE("versions of different lengths are compared by what they declare") {
    library at;
    at.application("1.1", {"importing"});
    at.application("1.10", {"importing"});
    const auto done = at.generate("kv-1.1", "kv-1.10");
    CHECK(done.exit_code == 0);
    CHECK(done.out.find("# 1.1 and 1.10 differ in length, so every module "
                        "counts as changed") != std::string::npos);
    CHECK(done.out.find("- load_module: importing\n") != std::string::npos);
  }

  TEST_CASE("a file that is there is kept unless that is wanted") {
    library at;
    at.application("1.0", {"importing"});
    at.application("1.2", {"importing"});
    at.write("kv-1.2/appup.yaml", "mine");
    const auto file = at.file("kv-1.2/appup.yaml");
    const auto done = at.generate("kv-1.0", "kv-1.2", {"--output", file});
    CHECK(done.exit_code == 1);
    CHECK(done.out == "");
    CHECK(done.err == "error[file_exists]: " + file +
                          ": it is there already; --force replaces it, with "
                          "what people have added to it\n");
    CHECK(at.read(file) == "mine");
    CHECK(at.generate("kv-1.0", "kv-1.2", {"--output", file, "--force"})
              .exit_code == 0);
    CHECK(at.read(file).starts_with("# kv between 1.0 and 1.2"));
  }

  TEST_CASE("two folders of one version are an error") {
    library at;
    at.application("1.0", {"importing"});
    const auto folder = at.file("kv-1.0");
    const auto done = at.generate("kv-1.0", "kv-1.0");
    CHECK(done.exit_code == 1);
    CHECK(done.out == "");
    CHECK(done.err == folder + ": it is version 1.0 of kv, as " + folder +
                          " is: an appup leads from one version to another\n");
    CHECK(at.generate("kv-1.0", "kv-1.0", {"--json"})
              .out.starts_with(R"({"ok":false,"error":{"tag":)"
                               R"("bad_application","message":")"));
  }

  TEST_CASE("two applications are an error") {
    library at;
    at.application("1.0", {"importing"});
    at.write("log-1/app.yaml", "application: log\nvsn: \"1\"\n");
    const auto done = at.generate("kv-1.0", "log-1");
    CHECK(done.exit_code == 1);
    CHECK(done.err == at.file("log-1") + ": it is the application log, but " +
                          at.file("kv-1.0") + " is kv\n");
  }

  TEST_CASE("a manifest that is missing or wrong is told with its place") {
    library at;
    at.write("kv-1.1/app.yaml", "application: kv\nvsn: 1.1\n");
    const auto done = at.generate("kv-1.0", "kv-1.1");
    CHECK(done.exit_code == 1);
    CHECK(done.err ==
          at.file("kv-1.0/app.yaml") +
              ": error[error_reading]: cannot be read: No such file or "
              "directory\n" +
              at.file("kv-1.1/app.yaml") +
              ":2:6: error[error_reading]: vsn must be a version, not the "
              "number 1.1; a version is a string: write \"1.1\", in quotes\n"
              "  vsn: 1.1\n"
              "       ^\n");
  }

  TEST_CASE("every module file that does not fit is named") {
    library at;
    at.application("1.0", {"importing", "described"});
    at.application("1.1", {"importing"});
    at.write("kv-1.1/app.yaml",
             "application: kv\nvsn: \"1.1\"\n"
             "modules: [importing, described, gone, text]\n");
    at.module("kv-1.1", "described", "1.0");
    at.write("kv-1.1/modules/text.so", "no ELF file");
    const auto done = at.generate("kv-1.0", "kv-1.1");
    CHECK(done.exit_code == 1);
    CHECK(done.out == "");
    CHECK(done.err == at.file("kv-1.1/modules/described.so") +
                          ": it holds described 1.0, not described 1.1\n" +
                          at.file("kv-1.1/modules/gone.so") +
                          ": app.yaml lists it, but it is not there\n" +
                          at.file("kv-1.1/modules/text.so") +
                          ": not an ELF file\n");
    const auto json =
        boost::json::parse(at.generate("kv-1.0", "kv-1.1", {"--json"}).out);
    const auto& errors = json.at("errors").as_array();
    REQUIRE(errors.size() == 3);
    CHECK(errors[0].at("tag") == "bad_application");
    CHECK(errors[1].at("tag") == "no_such_file");
    CHECK(errors[2].at("tag") == "bad_elf");
  }

  TEST_CASE("without two folders the line is wrong") {
    CHECK(instar({"appup", "generate", "kv-1.0"}).exit_code == 2);
  }
}

}  // namespace instar::cli::test
