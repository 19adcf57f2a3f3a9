#include "cli/status.hpp"

#include "cli/arguments.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>
#include <vector>

namespace instar::cli {

std::vector<std::pair<std::string, std::string>> release_lines(
    const boost::json::object& body) {
  std::vector<std::pair<std::string, std::string>> lines;
  lines.emplace_back("release",
                     fmt::format("{} {} ({})", field(body, "release"),
                                 field(body, "vsn"), field(body, "status")));
  lines.emplace_back("permanent", field(body, "permanent"));
  const auto* upgrade = body.if_contains("upgrade");
  if (const auto* going = upgrade == nullptr ? nullptr : upgrade->if_object()) {
    lines.emplace_back(
        "upgrade", fmt::format("{}, by {} since {}", field(*going, "operation"),
                               field(*going, "by"), field(*going, "since")));
  } else {
    lines.emplace_back("upgrade", "none under way");
  }
  const auto* probation = body.if_contains("probation");
  if (const auto* trial =
          probation == nullptr ? nullptr : probation->if_object()) {
    lines.emplace_back(
        "probation",
        fmt::format("{} for {} s, installed by {} at {}; a failure goes back "
                    "to {}",
                    field(*trial, "vsn"), field(*trial, "seconds"),
                    field(*trial, "by"), field(*trial, "since"),
                    field(*trial, "from")));
  }
  const auto* alarm = body.if_contains("alarm");
  if (alarm != nullptr && alarm->is_string())
    lines.emplace_back("ALARM", field(body, "alarm"));
  const auto* modified = body.if_contains("modified");
  if (modified != nullptr && modified->is_array()) {
    for (const auto& one : modified->get_array()) {
      const auto* module = one.if_object();
      if (module == nullptr)
        continue;
      const auto file = field(*module, "file");
      lines.emplace_back(
          "modified",
          fmt::format(
              "{}: {}", field(*module, "module"),
              file.empty() || file == "-" ? std::string("deleted") : file));
    }
  }
  return lines;
}

namespace {

std::string show(const boost::json::object& body) {
  auto lines = release_lines(body);
  lines.emplace_back("runtime", field(body, "runtime"));
  lines.emplace_back("pid", field(body, "pid"));
  lines.emplace_back(
      "uptime", uptime(std::chrono::milliseconds(number(body, "uptime_ms"))));
  lines.emplace_back("processes", field(body, "processes"));
  lines.emplace_back("connections", field(body, "connections"));
  if (body.contains("crashes"))
    lines.emplace_back("crashes", field(body, "crashes"));
  return lines_of(lines) + '\n' +
         table(
             {{"name", "APPLICATION"}, {"vsn", "VSN"}, {"running", "RUNNING"}},
             body, "applications");
}

}  // namespace

void add_status(CLI::App& root, session& with) {
  auto& verb = add_verb(root, "status", "What runs on the node",
                        "instar status --node /srv/kv/run/control.sock");
  on(verb, with, [&with] {
    question what;
    what.request.target = "/v1/status";
    what.show = show;
    return ask(with, std::move(what));
  });
}

}  // namespace instar::cli
