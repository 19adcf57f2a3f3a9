// Installations that restart the node: real nodes, each a process of its own.
#include "release_handler/boot_record.hpp"
#include "release_handler/errors.hpp"
#include "tests/cli/process.hpp"
#include "tests/upgrade/releases/release_node.hpp"

#include <boost/filesystem/operations.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>
#include <signal.h>

TEST_SUITE_BEGIN("upgrade/releases/restart");

using namespace instar::release_handler::test;
using instar::path;
using instar::value;
using instar::cli::test::finished;
using instar::cli::test::process;
using instar::release_handler::boot_record;
using instar::release_handler::errc;
using instar::release_handler::install_options;
using instar::release_handler::outcome;

namespace {

namespace fs = boost::filesystem;

std::string text(const value& of, const char* key) {
  const auto* item = of.as_object().if_contains(key);
  return item == nullptr || !item->is_string()
             ? ""
             : std::string(std::string_view(item->get_string()));
}

install_options allowed() {
  install_options made;
  made.allow_irreversible = true;
  return made;
}

/// Releases 1 and 2 in a folder, where 2 needs a restart.
class folder_with_two : public release_node {
public:
  std::string write(const char* line) const {
    return fmt::format(
        "{{apply: {{module: ink, function: write, args: [\"{0}\", {1}], undo: "
        "{{module: ink, function: write, args: [\"{0}\", undo_{1}]}}}}}}",
        (root() / "paper").string(), line);
  }
  static std::string call(const char* function) {
    return fmt::format("{{apply: {{module: ink, function: {}, args: []}}}}",
                       function);
  }
  /// `before` and `after` the point of no return.
  void add_restart(const std::string& before, const std::string& after) {
    const auto list = [](const std::string& one) {
      return one.empty() ? one : one + ", ";
    };
    add_release(
        "2", {cell_at("2.0"), other_at("2.0"), frame()},
        fmt::format("vsn: \"2\"\n"
                    "up: [{{from: \"1\", script: [{}point_of_no_return, {}"
                    "restart_emulator]}}]\n"
                    "down: [{{to: \"1\", script: [point_of_no_return, "
                    "restart_emulator]}}]\n",
                    list(before), list(after)));
  }
  void add_to_release_2(const std::string& lines) {
    const auto file = root() / "releases" / "2" / "release.yaml";
    auto before = files().read(file, 1 << 20);
    REQUIRE(before);
    REQUIRE(files().write(file, *before + lines));
  }
  std::string paper() {
    const auto read = files().read(root() / "paper", 1 << 20);
    return read ? *read : "";
  }
};

/// `instar run` on such a folder, from then on.
class run_node {
public:
  explicit run_node(folder_with_two& at, std::vector<std::string> more = {})
      : socket_((at.root() / "run" / "control.sock").string()) {
    at.stop();
    std::vector<std::string> line{"run", at.root().string()};
    line.insert(line.end(), more.begin(), more.end());
    process_.emplace(INSTAR_PROGRAM, line);
    const auto said = process_->read_errors_until("runs, process");
    REQUIRE_MESSAGE(said.ends_with("runs, process"), said);
  }
  finished ask(std::vector<std::string> line) const {
    line.insert(line.begin(), {"--node", socket_});
    return ::instar::cli::test::instar(line);
  }
  value json(std::vector<std::string> line) const {
    line.emplace_back("--json");
    const auto done = ask(std::move(line));
    return boost::json::parse(done.out);
  }
  std::string status(const char* key) const {
    return text(json({"status"}), key);
  }
  std::int64_t pid() const { return json({"status"}).at("pid").as_int64(); }
  path running_program() const {
    return fs::read_symlink(fmt::format("/proc/{}/exe", pid()));
  }
  value last_entry() const {
    return json({"release", "history"}).at("history").as_array().back();
  }
  /// Until a node answers that runs it.
  void wait_for(const std::string& vsn) const {
    for (int tries = 0; tries < 1000; ++tries) {
      const auto done = ask({"status", "--json"});
      if (done.exit_code == 0 &&
          text(boost::json::parse(done.out), "vsn") == vsn)
        return;
    }
    FAIL("no node runs " << vsn);
  }
  process& itself() { return *process_; }

private:
  const std::string socket_;
  std::optional<process> process_;
};

}  // namespace

TEST_CASE("a restart is never made silently") {
  folder_with_two at;
  at.add_restart("", "");
  const run_node node(at);
  const auto pid = node.pid();
  const auto refused = node.ask({"release", "install", "2"});
  CHECK(refused.exit_code == 3);
  CHECK(refused.err ==
        "error[irreversible]: cannot be taken back exactly: the restart of the "
        "node (all states in memory are lost, and all connections end); allow "
        "it with --allow-irreversible\n");
  CHECK(node.ask({"release", "check", "2"}).exit_code == 3);
  const auto check =
      node.ask({"release", "check", "2", "--allow-irreversible"});
  CHECK(check.exit_code == 0);
  CHECK(check.out.find("start the node anew") != std::string::npos);
  CHECK(check.out.find("processes end with their states") != std::string::npos);
  CHECK(node.status("vsn") == "1");
  CHECK(node.pid() == pid);
}

TEST_CASE("the node starts anew in the release and keeps its process id") {
  folder_with_two at;
  at.add_restart(at.write("before"), at.write("after"));
  const run_node node(at);
  const auto pid = node.pid();
  const auto done =
      node.ask({"release", "install", "2", "--allow-irreversible"});
  CHECK(done.exit_code == 0);
  CHECK(done.err == "the node restarts in 2\n");
  CHECK(done.out ==
        "1 -> 2: the node was restarted in 2\n"
        "a restart would start 1, until `instar release commit 2`\n");
  CHECK(node.pid() == pid);
  CHECK(node.status("vsn") == "2");
  CHECK(node.status("status") == "current");
  CHECK(node.status("permanent") == "1");
  CHECK(at.paper() == "before\nafter\n");
  const auto entry = node.last_entry();
  CHECK(text(entry, "outcome") == "restarted");
  CHECK(text(entry, "operation") == "install");
  CHECK(at.files().kind(at.root() / "releases" / "boot.json") ==
        ::instar::file_kind::missing);
  // And back the same way.
  const auto back = node.json({"release", "rollback", "--allow-irreversible"});
  CHECK(text(back, "outcome") == "restarted");
  CHECK(node.status("vsn") == "1");
  CHECK(node.status("status") == "permanent");
}

TEST_CASE("a rollback can commit what it restarts in") {
  folder_with_two at;
  at.add_restart("", "");
  const run_node node(at);
  CHECK(
      node.ask({"release", "install", "2", "--allow-irreversible"}).exit_code ==
      0);
  CHECK(node.ask({"release", "commit", "2"}).exit_code == 0);
  CHECK(node.ask({"release", "rollback", "--to", "1", "--commit",
                  "--allow-irreversible"})
            .exit_code == 0);
  CHECK(node.status("vsn") == "1");
  CHECK(at.stored() == "1 permanent, 2 old");
}

TEST_CASE("a release that does not come up is left for the permanent one") {
  folder_with_two at;
  std::string why;
  std::string paper;
  SUBCASE("its health check says no until its time is over") {
    at.add_restart("", at.write("one"));
    at.add_to_release_2(
        "\nprobation: {seconds: 1, health: {module: ink, function: refuse, "
        "args: []}}\n");
    REQUIRE(at.files().write(at.root() / "instar.yaml", "boot_timeout: 1\n"));
    why = "it was not up within 1 s (boot_timeout)";
  }
  SUBCASE("an apply fails") {
    at.add_restart("", at.write("one") + ", " + at.call("refuse"));
    why = "ink:refuse: there is no paper";
    paper = "one\nundo_one\n";
  }
  SUBCASE("it hangs") {
    at.add_restart("", at.call("hang"));
    REQUIRE(at.files().write(at.root() / "instar.yaml", "boot_timeout: 1\n"));
    why = "it was not up within 1 s (boot_timeout)";
  }
  SUBCASE("an application does not start") {
    at.add_restart("", "");
    at.configure("2", "frame: {color: none}\n");
    why = "without a color one is not born";
  }
  SUBCASE("a permanent application ends") {
    at.add_restart("",
                   "{apply: {module: ink, function: topple, args: "
                   "[frame_sup]}}");
    at.add_to_release_2(
        "\nprobation: {seconds: 1, health: {module: ink, function: refuse, "
        "args: []}}\n");
    why = "application frame (permanent) has ended: killed";
  }
  const run_node node(at);
  const auto pid = node.pid();
  const auto done =
      node.ask({"release", "install", "2", "--allow-irreversible"});
  CHECK(done.exit_code == 5);
  CHECK(done.out == "1 -> 2: the node restarted its permanent release 1\n");
  CHECK_MESSAGE(done.err.find("error[boot_failed]: ") != std::string::npos,
                done.err);
  CHECK_MESSAGE(done.err.find(why) != std::string::npos, done.err);
  CHECK(node.pid() == pid);
  CHECK(node.status("vsn") == "1");
  const auto entry = node.last_entry();
  CHECK(text(entry, "outcome") == "fell_back");
  if (!paper.empty()) {
    CHECK(at.paper() == paper);
    CHECK(entry.at("effects_not_undone").as_array().empty());
  }
  CHECK(at.stored() == "1 permanent, 2 unpacked");
  CHECK(at.files().kind(at.root() / "releases" / "boot.json") ==
        ::instar::file_kind::missing);
}

TEST_CASE("a node that respawns survives a crash in the start of a release") {
  folder_with_two at;
  at.add_restart("", at.write("one") + ", " + at.call("abort"));
  run_node node(at, {"--respawn"});
  const auto pid = node.pid();
  const auto done =
      node.json({"release", "install", "2", "--allow-irreversible"});
  CHECK(text(done, "outcome") == "fell_back");
  CHECK(text(done.at("error"), "message") == "the node ended before it was up");
  // The next start cannot undo it, but tells.
  CHECK(done.at("effects_not_undone").as_array().size() == 2);
  CHECK(node.status("vsn") == "1");
  CHECK(node.pid() != pid);
  // And one while it runs.
  ::kill(static_cast<::pid_t>(node.pid()), SIGKILL);
  const auto said = node.itself().read_errors_until("killed by signal 9");
  CHECK(said.ends_with("killed by signal 9"));
  node.wait_for("1");
  node.itself().send_signal(SIGTERM);
  CHECK(node.itself().wait().exit_code == 0);
}

TEST_CASE("a release that brings a runtime is run by it") {
  folder_with_two at;
  at.add_restart("", "");
  at.add_to_release_2("runtime: \"9.9\"\n");
  const auto program = at.root() / "runtime-9.9" / "bin" / "instar";
  REQUIRE(at.files().make_folders(program.parent_path()));
  fs::copy_file(INSTAR_PROGRAM, program);
  // As unpacking notes it.
  const auto list = at.root() / "releases" / "RELEASES.yaml";
  auto releases = ::instar::release_handler::read_releases(at.files(), list);
  REQUIRE(releases);
  releases->back().runtime = "9.9";
  REQUIRE(
      ::instar::release_handler::write_releases(at.files(), list, *releases));
  run_node node(at);
  const auto first = node.running_program();
  const auto pid = node.pid();
  const auto install = [&] {
    return text(node.json({"release", "install", "2", "--allow-irreversible"}),
                "outcome");
  };
  CHECK(install() == "restarted");
  CHECK(fs::equivalent(node.running_program(), program));
  CHECK(text(node.json({"release", "rollback", "--allow-irreversible"}),
             "outcome") == "restarted");
  CHECK(node.running_program() == first);
  SUBCASE("also after a reboot") {
    CHECK(install() == "restarted");
    CHECK(node.ask({"release", "commit", "2"}).exit_code == 0);
    CHECK(node.ask({"release", "reboot", "1"}).exit_code == 0);
    node.wait_for("1");
    CHECK(node.running_program() == first);
  }
  SUBCASE("one that cannot be started is left for the permanent release") {
    REQUIRE(at.files().write(program, "no program"));
    CHECK(install() == "fell_back");
    CHECK(node.running_program() == first);
  }
  CHECK(node.pid() == pid);
  CHECK(node.status("vsn") == "1");
}

TEST_CASE("a program that cannot start itself anew refuses") {
  folder_with_two at;
  at.add_restart("", "");
  CHECK(outcome_of(at, at.install("2", allowed())) ==
        "refused illegal_instruction: the script restarts the node, and this "
        "program cannot start itself anew");
  CHECK(at.statuses() == "1 permanent, 2 unpacked");
}

TEST_CASE("until the restart nothing else can be done") {
  folder_with_two at;
  at.add_restart(at.write("before"), "");
  int restarts = 0;
  at.handler().set_restart([&] { ++restarts; });
  const auto report = at.install("2", allowed());
  CHECK(report.ok());
  CHECK(report.outcome == outcome::restarting);
  CHECK(restarts == 1);
  CHECK_FALSE(report.id.empty());
  CHECK(text(at.handler().in_progress(), "operation") ==
        "the restart of the node in 2");
  const auto second = at.install("2", allowed());
  REQUIRE(second.error);
  CHECK(second.error->tag() == "install_in_progress");
  const auto asked =
      ::instar::release_handler::read_boot_record(at.files(), at.root());
  REQUIRE(asked);
  REQUIRE(*asked);
  CHECK((*asked)->now == boot_record::state::asked);
  CHECK((*asked)->to == "2");
  CHECK((*asked)->by == "tester");
  CHECK((*asked)->id == report.id);
}

TEST_CASE("a file in the way of the record undoes the applies") {
  folder_with_two at;
  at.add_restart(at.write("before"), "");
  at.handler().set_restart([] { FAIL("it must not restart"); });
  REQUIRE(at.files().make_folders(at.root() / "releases" / "boot.json" / "x"));
  const auto report = at.install("2", allowed());
  CHECK(report.outcome == outcome::undone);
  CHECK(report.error->tag() == "journal_failed");
  CHECK(at.paper() == "before\nundo_before\n");
  CHECK(at.all_serve());
}

TEST_CASE("a hop of several cannot restart the node") {
  folder_with_two at;
  at.add_restart("", "");
  at.add_release("3", {cell_at("2.0"), other_at("2.0"), frame()},
                 "vsn: \"3\"\n"
                 "up:\n"
                 "  - {from: \"1\", via: [\"2\"]}\n"
                 "  - {from: \"2\", script: [point_of_no_return]}\n");
  CHECK(outcome_of(at, at.install("3", allowed())) ==
        "refused illegal_instruction: the hop from 1 to 2 restarts the node, "
        "which nothing may follow or precede: install 2 first, then go on "
        "from there");
}

TEST_SUITE_END();
