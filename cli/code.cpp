// `instar code ...`: single modules of a running node.
#include "cli/arguments.hpp"
#include "cli/table.hpp"
#include "cli/targets.hpp"
#include "cli/text.hpp"
#include "cli/upgrade_options.hpp"
#include "cli/verbs.hpp"

#include <boost/filesystem/operations.hpp>

#include <fmt/format.h>

#include <memory>
#include <utility>
#include <vector>

namespace instar::cli {
namespace {

/// The node has a working folder of its own.
std::string absolute(const std::string& file) {
  return boost::filesystem::absolute(file).lexically_normal().string();
}

void add_list(CLI::App& parent, session& with) {
  auto& verb = add_verb(parent, "list",
                        "Loaded modules, current and old, and who uses them",
                        "instar code list");
  on(verb, with, [&with] {
    question what;
    what.request.target = "/v1/code";
    what.show = [](const boost::json::object& body) {
      return table({{"module", "MODULE"},
                    {"current", "CURRENT"},
                    {"processes", "PROCESSES"},
                    {"old", "OLD"},
                    {"old_processes", "OLD PROCESSES"},
                    {"file", "FILE"}},
                   body, "modules");
    };
    return ask(with, std::move(what));
  });
}

std::string yes_or_no(const boost::json::object& body, const char* key) {
  const auto* found = body.if_contains(key);
  return found != nullptr && *found == true ? "yes" : "no";
}

std::string show_module(const boost::json::object& body) {
  std::vector<std::pair<std::string, std::string>> lines;
  lines.emplace_back("module", field(body, "module"));
  const auto add = [&](const std::string& title,
                       const boost::json::object& one) {
    lines.emplace_back(title, field(one, "vsn"));
    lines.emplace_back("  file", field(one, "file"));
    lines.emplace_back("  build id", field(one, "build_id"));
    lines.emplace_back("  processes", field(one, "processes"));
    const auto* holders = one.if_contains("held_by");
    if (holders == nullptr || !holders->is_array())
      return;
    for (const auto& holder : holders->get_array())
      lines.emplace_back("  held by", to_text(holder));
  };
  const auto* now = body.if_contains("current");
  if (now != nullptr && now->is_object()) {
    add("current", now->get_object());
  } else {
    lines.emplace_back("current", "none");
  }
  const auto* old = body.if_contains("old");
  if (old != nullptr && old->is_array()) {
    for (const auto& one : old->get_array()) {
      if (one.is_object())
        add("old", one.get_object());
    }
  }
  lines.emplace_back("sticky", yes_or_no(body, "sticky"));
  lines.emplace_back("modified", yes_or_no(body, "modified"));
  return lines_of(lines);
}

void add_which(CLI::App& parent, session& with) {
  auto& verb =
      add_verb(parent, "which",
               "Where a module's code comes from, and who holds old code",
               "instar code which kv_shard");
  const auto module = std::make_shared<std::string>();
  verb.add_option("MODULE", *module, "The module")->required();
  on(verb, with, [&with, module] {
    question what;
    what.request.target = code_target(*module);
    what.show = show_module;
    return ask(with, std::move(what));
  });
}

void add_load(CLI::App& parent, session& with) {
  auto& verb =
      add_verb(parent, "load",
               "Makes a module file current; processes stay in the code "
               "that they run",
               "instar code load build/kv_format.so");
  const auto file = std::make_shared<std::string>();
  verb.add_option("FILE", *file, "The module file")->required();
  on(verb, with, [&with, file] {
    question what;
    what.request.method = "POST";
    what.request.target = "/v1/code/load";
    what.request.body = boost::json::object{{"path", absolute(*file)}};
    what.request.changes = true;
    what.show = [](const boost::json::object& body) {
      return field(body, "module") + " is loaded\n";
    };
    return ask(with, std::move(what));
  });
}

/// Verbs on a loaded module that say one thing when they are done.
void add_module_verb(CLI::App& parent, session& with, const char* name,
                     const char* description, const char* done) {
  auto& verb = add_verb(parent, name, description,
                        fmt::format("instar code {} kv_shard", name));
  const auto module = std::make_shared<std::string>();
  verb.add_option("MODULE", *module, "The module")->required();
  on(verb, with, [&with, module, name, done] {
    question what;
    what.request.method = "POST";
    what.request.target = code_target(*module) + '/' + name;
    what.request.changes = true;
    what.show = [module, done](const boost::json::object&) {
      return *module + ": " + done + '\n';
    };
    return ask(with, std::move(what));
  });
}

void add_upgrade(CLI::App& parent, session& with) {
  auto& verb = add_verb(
      parent, "upgrade",
      "Takes a module's processes over to a new file: suspend, load, "
      "code_change, resume, undone where it fails",
      "instar code upgrade build/kv_shard.so\n"
      "instar code upgrade build/kv_shard.so --extra '{\"shards\": 16}'");
  struct arguments {
    std::string file;
    std::string extra;
    upgrade_options options;
  };
  const auto given = std::make_shared<arguments>();
  verb.add_option("FILE", given->file, "The module file")->required();
  require_json(
      *verb.add_option("--extra", given->extra, "Passed to code_change"));
  add_wait_options(verb, given->options);
  on(verb, with, [&with, given] {
    auto body = to_body(given->options);
    body["path"] = absolute(given->file);
    if (!given->extra.empty())
      body["extra"] = json_of(given->extra);
    return ask_code_upgrade(with, std::move(body));
  });
}

}  // namespace

void add_code(CLI::App& root, session& with) {
  auto& group = add_group(root, "code", "Code that the node has loaded");
  add_list(group, with);
  add_which(group, with);
  add_load(group, with);
  add_upgrade(group, with);
  add_module_verb(group, with, "purge",
                  "Ends the processes that run old code, and unmaps it",
                  "old code is gone");
  add_module_verb(group, with, "soft-purge",
                  "Unmaps old code if nothing uses it", "old code is gone");
  add_module_verb(group, with, "delete",
                  "Makes current code old: nothing new uses the module",
                  "there is no current code");
}

}  // namespace instar::cli
