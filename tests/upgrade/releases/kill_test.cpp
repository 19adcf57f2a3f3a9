// kill -9 for a real node at random moments of an installation and its commit;
// INSTAR_TEST_KILLS says how often, INSTAR_SEED at which moments.
#include "cli/node_client.hpp"
#include "release_handler/history.hpp"
#include "tests/cli/process.hpp"
#include "tests/upgrade/releases/release_node.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>
#include <signal.h>

#include <cstdlib>
#include <random>
#include <set>

TEST_SUITE_BEGIN("upgrade/releases/kill");

using namespace instar::release_handler::test;
using instar::path;
using instar::value;
using instar::cli::node_request;

namespace {

unsigned long setting(const char* name, unsigned long otherwise) {
  const auto* set = std::getenv(name);
  return set == nullptr ? otherwise : std::strtoul(set, nullptr, 10);
}

std::string text(const value& of, const char* key) {
  const auto* item = of.as_object().if_contains(key);
  return item == nullptr || !item->is_string()
             ? ""
             : std::string(std::string_view(item->get_string()));
}

/// `instar run` in a process of its own.
class killed_node {
public:
  explicit killed_node(const path& root)
      : socket_((root / "run" / "control.sock").string()),
        process_(INSTAR_PROGRAM, {"run", root.string()}) {
    const auto said = process_.read_errors_until("runs, process");
    REQUIRE_MESSAGE(said.ends_with("runs, process"), said);
  }
  void kill() { process_.send_signal(SIGKILL); }

  /// Nothing where the node has died meanwhile.
  std::optional<value> ask(const std::string& method, const std::string& target,
                           value body = boost::json::object()) const {
    node_request request;
    request.method = method;
    request.target = target;
    request.body = std::move(body);
    auto answer = instar::cli::ask_node({socket_, {}, {}}, request, {});
    if (!answer)
      return std::nullopt;
    return std::move(answer->body);
  }
  value get(const std::string& target) const {
    auto answer = ask("GET", target);
    REQUIRE(answer);
    return std::move(*answer);
  }
  std::vector<value> history() const {
    const auto answer = get("/v1/history");
    const auto& all = answer.at("history").as_array();
    return {all.begin(), all.end()};
  }
  /// Both steps, or as many as the node lives to do.
  bool install_and_commit(const std::string& vsn) const {
    const auto installed = ask("POST", "/v1/releases/" + vsn + "/install");
    if (!installed)
      return false;
    REQUIRE_MESSAGE(text(*installed, "outcome") == "installed",
                    boost::json::serialize(*installed));
    return ask("POST", "/v1/releases/" + vsn + "/commit").has_value();
  }

private:
  const std::string socket_;
  instar::cli::test::process process_;
};

/// The lines that applies have written since the last time.
std::set<std::string> take_lines(release_node& at, const path& paper) {
  std::set<std::string> lines;
  const auto bytes = at.files().read(paper, 1U << 20U);
  if (!bytes)
    return lines;
  REQUIRE(at.files().remove(paper));
  std::string line;
  for (const char c : *bytes) {
    if (c != '\n') {
      line += c;
      continue;
    }
    lines.insert(std::exchange(line, {}));
  }
  return lines;
}

struct counts {
  std::size_t nothing = 0, interrupted = 0, installed = 0, committed = 0;
};

/// The entries of one round, against what became of the node.
void check_round(const std::vector<value>& told, const std::string& from,
                 const std::string& to, const std::string& permanent,
                 const std::set<std::string>& lines, counts& seen) {
  for (const auto& entry : told)
    CAPTURE(boost::json::serialize(entry));
  CHECK(told.size() <= 2);
  CHECK((permanent == from || permanent == to));
  if (told.empty()) {
    ++seen.nothing;
    CHECK(permanent == from);
    CHECK(lines.empty());
    return;
  }
  const auto& install = told.front();
  CHECK(text(install, "operation") == "install");
  CHECK(text(install, "from") == from);
  CHECK(text(install, "to") == to);
  const bool is_interrupted = text(install, "outcome") == "interrupted";
  if (is_interrupted) {
    ++seen.interrupted;
    CHECK(told.size() == 1);
    CHECK(permanent == from);
    CHECK(text(install, "permanent") == from);
    CHECK_FALSE(text(install, "by").empty());
    CHECK_FALSE(text(install, "began").empty());
    // Begun after it was noted, done before that was.
    std::set<std::string> begun, done;
    for (const auto& effect : install.at("effects_not_undone").as_array()) {
      const auto what = text(effect, "effect");
      const auto line =
          what.find("\"one\"") != std::string::npos ? "one" : "two";
      begun.insert(line);
      if (effect.at("done").as_bool())
        done.insert(line);
    }
    CHECK(
        std::includes(begun.begin(), begun.end(), lines.begin(), lines.end()));
    CHECK(std::includes(lines.begin(), lines.end(), done.begin(), done.end()));
    return;
  }
  CHECK(text(install, "outcome") == "installed");
  CHECK(lines == std::set<std::string>{"one", "two"});
  if (told.size() == 1) {
    ++seen.installed;
    CHECK(permanent == from);
    return;
  }
  const auto& commit = told.back();
  CHECK(text(commit, "operation") == "commit");
  CHECK(text(commit, "to") == to);
  CHECK(text(commit, "outcome") ==
        (permanent == to ? "permanent" : "interrupted"));
  ++seen.committed;
}

}  // namespace

TEST_CASE("a node that is killed starts a known release and tells of it") {
  release_node at;
  const auto paper = at.root() / "paper";
  const auto write = [&](const char* line) {
    return fmt::format(
        "{{apply: {{module: ink, function: write, args: [\"{0}\", {1}], undo: "
        "{{module: ink, function: write, args: [\"{0}\", undo_{1}]}}}}}}",
        paper.string(), line);
  };
  at.add_release_2(
      both_ways("2.0", write("one") + ", " + advanced("red") + ", " +
                           write("two") + ", {load_module: ink}"),
      both_ways("2.0", advanced("blue")));
  at.stop();

  const auto kills = setting("INSTAR_TEST_KILLS", 10);
  const auto seed = setting("INSTAR_SEED", std::random_device{}());
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  // How long it takes undisturbed.
  std::string permanent = "1", other = "2";
  std::size_t entries = 0;
  std::chrono::nanoseconds start{}, whole{};
  {
    const auto first = std::chrono::steady_clock::now();
    const killed_node node(at.root());
    start = std::chrono::steady_clock::now() - first;
    const auto began = std::chrono::steady_clock::now();
    REQUIRE(node.install_and_commit(other));
    whole = std::chrono::steady_clock::now() - began;
    std::swap(permanent, other);
    take_lines(at, paper);
    entries = node.history().size();
  }
  counts seen;
  for (unsigned long i = 0; i < kills; ++i) {
    CAPTURE(i);
    const std::chrono::nanoseconds after(
        std::uniform_int_distribution<std::int64_t>(
            0, whole.count() + whole.count() / 10)(random));
    {
      killed_node node(at.root());
      std::thread operator_thread([&] { node.install_and_commit(other); });
      // The moment is what is random here; nothing is waited for.
      std::this_thread::sleep_for(after);
      node.kill();
      operator_thread.join();
    }
    // Now and then also the start after it.
    if (random() % 3 == 0) {
      instar::cli::test::process starting(INSTAR_PROGRAM,
                                          {"run", at.root().string()});
      std::this_thread::sleep_for(
          std::chrono::nanoseconds(std::uniform_int_distribution<std::int64_t>(
              0, start.count())(random)));
      starting.send_signal(SIGKILL);
    }
    const auto lines = take_lines(at, paper);
    const killed_node again(at.root());
    const auto status = again.get("/v1/status");
    const auto now = text(status, "permanent");
    CHECK(text(status, "vsn") == now);
    CHECK(at.stored() ==
          (now == "1" ? "1 permanent, 2 old" : "1 old, 2 permanent"));
    const auto history = again.history();
    REQUIRE(history.size() >= entries);
    check_round(
        {history.begin() + static_cast<std::ptrdiff_t>(entries), history.end()},
        permanent, other, now, lines, seen);
    entries = history.size();
    if (now != permanent)
      std::swap(permanent, other);
  }
  MESSAGE(
      fmt::format("{} kills in {} ms windows: before the begin {}, in the "
                  "installation {}, between it and the commit {}, in the "
                  "commit or after it {}",
                  kills, whole.count() / 1'000'000, seen.nothing,
                  seen.interrupted, seen.installed, seen.committed));
}

TEST_SUITE_END();
