#include "tests/upgrade/operated_node.hpp"

#include "tests/support/result.hpp"

#include <boost/filesystem/operations.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <fmt/format.h>

namespace instar::testing {
namespace {

namespace fs = boost::filesystem;
const path built = path(INSTAR_EXAMPLES_FOLDER) / "kv";
constexpr std::size_t file_limit = 16U << 20U;
constexpr int looks = 300;

void put(const path& file, const std::string& text) {
  real_file_system files;
  REQUIRE(files.make_folders(file.parent_path()));
  REQUIRE(files.write(file, text));
}

std::string read(const path& file) {
  real_file_system files;
  const auto found = files.read(file, file_limit);
  return found ? *found : "";
}

std::string line(const std::string& of, std::size_t number) {
  std::size_t from = 0;
  for (; number > 0; --number)
    from = of.find('\n', from) + 1;
  return of.substr(from, of.find('\n', from) - from);
}

// A command that must succeed.
void run(const std::vector<std::string>& arguments) {
  const auto done = cli::test::instar(arguments);
  REQUIRE_MESSAGE(done.exit_code == 0, done.err);
}

}  // namespace

std::string answered::text(std::string_view key) const {
  const auto* item =
      body.is_object() ? body.as_object().if_contains(key) : nullptr;
  return item == nullptr || !item->is_string() ? "" : item->as_string().c_str();
}

std::string answered::tag() const {
  const auto* error =
      body.is_object() ? body.as_object().if_contains("error") : nullptr;
  return error == nullptr || !error->is_object()
             ? ""
             : error->at("tag").as_string().c_str();
}

operated_node::operated_node()
    : folder_(fs::temp_directory_path() /
              fs::unique_path("instar-%%%%%%%%%%%%")),
      socket_((folder_ / "node/run/control.sock").string()) {
  const auto root = folder_ / "node";
  fs::create_directories(root / "lib");
  fs::create_directories(root / "releases");
  fs::copy(built / "lib/kv-1.0.0", root / "lib/kv-1.0.0",
           fs::copy_options::recursive);
  fs::copy(copy_release("1.0.0", "1.0.0"), root / "releases/1.0.0",
           fs::copy_options::recursive);
  const auto key = (folder_ / "key").string();
  run({"key", "make", key, "--no-password"});
  put(root / "instar.yaml",
      fmt::format("trusted_keys: [{}]\n", line(read(key + ".pub"), 1)));

  // Nobody reads a pipe of it here.
  process_.emplace("/bin/sh", std::vector<std::string>{
                                  "-c", R"(exec "$0" run "$1" >"$1.out" 2>&1)",
                                  cli::test::program(), root.string()});
  while (ask({"status"}).exit_code == 6)
    REQUIRE_MESSAGE(process_->is_running(), output());
  port_ = ask({"sys", "get-state", "kv_listener"})
              .body.at("value")
              .at("port")
              .to_number<std::uint16_t>();

  pack("1.1.0", copy_release("1.1.0", "1.1.0"));
  make_chained();
  make_late();
  make_sick();
  for (const auto* vsn : {"1.1.0", "1.2.0", "1.1.0-late", "1.1.0-sick"})
    unpack(vsn);
}

operated_node::~operated_node() {
  process_.reset();
  boost::system::error_code ignored;
  fs::remove_all(folder_, ignored);
}

// ---- packages ---------------------------------------------------------------

path operated_node::copy_release(const std::string& vsn,
                                 const std::string& of) const {
  const auto to = folder_ / "built" / vsn;
  fs::create_directories(to);
  auto text = read(built / "releases" / of / "release.yaml");
  const auto said = fmt::format("vsn: \"{}\"", of);
  text.replace(text.find(said), said.size(), fmt::format("vsn: \"{}\"", vsn));
  put(to / "release.yaml", text);
  put(to / "config.yaml", "kv: {port: 0}\n");
  return to;
}

// From 1.0.0 by way of 1.1.0.
void operated_node::make_chained() {
  const auto release = copy_release("1.2.0", "1.2.0");
  run({"relup", "make", "--release", (release / "release.yaml").string(),
       "--from", (built / "releases/1.1.0/release.yaml").string(), "--from",
       (built / "releases/1.0.0/release.yaml").string(), "--chain", "--path",
       (built / "lib").string(), "--output",
       (release / "relup.yaml").string()});
  pack("1.2.0", release);
}

// The script of 1.1.0, and after its last step one that fails.
void operated_node::make_late() {
  const auto release = copy_release("1.1.0-late", "1.1.0");
  const auto made = cli::test::instar(
      {"relup", "make", "--release", (release / "release.yaml").string(),
       "--from", (built / "releases/1.0.0/release.yaml").string(), "--path",
       (built / "lib").string(), "--json"});
  REQUIRE_MESSAGE(made.exit_code == 0, made.err);
  auto relup = boost::json::parse(made.out).as_object();
  const value fails{{"module", "application"},
                    {"function", "start"},
                    {"args", {"an_application_that_is_not_there"}}};
  relup.at("up").at(0).at("script").as_array().push_back(
      boost::json::object{{"apply", fails}});
  relup.erase("ok");
  relup.erase("warnings");
  put(release / "relup.yaml", boost::json::serialize(relup));
  pack("1.1.0-late", release);
}

void operated_node::make_sick() {
  const auto release = copy_release("1.1.0-sick", "1.1.0");
  const auto file = release / "release.yaml";
  put(file, read(file) +
                "probation: {seconds: 600, health: {command: [/bin/false]}}\n");
  pack("1.1.0-sick", release);
}

path operated_node::package(const std::string& vsn) const {
  return folder_ / fmt::format("kvd-{}.tar.zst", vsn);
}

void operated_node::pack(const std::string& vsn, const path& release) {
  run({"release", "pack", (release / "release.yaml").string(), "--path",
       (built / "lib").string(), "--output", package(vsn).string(), "--sign",
       (folder_ / "key.key").string()});
}

void operated_node::unpack(const std::string& vsn) {
  const auto done = ask({"release", "unpack", package(vsn).string()});
  REQUIRE_MESSAGE(done.exit_code == 0, boost::json::serialize(done.body));
}

// ---- the operator -----------------------------------------------------------

answered operated_node::ask(std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"--node", socket_, "--json"});
  const auto done = cli::test::instar(arguments);
  answered made{done.exit_code, {}};
  if (!done.out.empty())
    made.body = boost::json::parse(done.out);
  return made;
}

std::string operated_node::purge() const {
  const auto list = ask({"code", "list"});
  for (const auto& one : list.body.at("modules").as_array()) {
    if (one.at("old").is_null())
      continue;
    const std::string module = one.at("module").as_string().c_str();
    const auto done = ask({"code", "soft-purge", module});
    if (done.exit_code != 0)
      return module + ": " + boost::json::serialize(done.body);
  }
  return {};
}

footprint operated_node::settle(std::size_t connections,
                                std::size_t descriptors) const {
  const auto connected = [&] {
    const auto status = ask({"status"});
    REQUIRE_MESSAGE(status.exit_code == 0, output());
    return status.body.at("connections").to_number<std::size_t>();
  };
  for (int i = 0; i < looks && connected() != connections; ++i) {
  }
  auto least = measure(process_->id());
  for (int i = 0; i < looks && least.descriptors > descriptors; ++i) {
    const auto now = measure(process_->id());
    if (now.descriptors < least.descriptors)
      least = now;
  }
  return least;
}

std::string operated_node::output() const {
  return read(folder_ / "node.out");
}

int operated_node::stop() {
  run({"--node", socket_, "stop"});
  const auto code = process_->wait().exit_code;
  process_.reset();
  return code;
}

}  // namespace instar::testing
