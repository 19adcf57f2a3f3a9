#include "release_handler/restart_check.hpp"

#include "module/elf_file.hpp"
#include "module/module_check.hpp"
#include "module/module_description.hpp"
#include "release_handler/errors.hpp"
#include "runtime/runtime.hpp"
#include "runtime/socket_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace instar::release_handler {
namespace {

using module_file::check_policy;

std::string what_ends(const plan& of) {
  std::string text =
      "the restart of the node (all states in memory are lost, and all "
      "connections end)";
  const auto add = [&](const std::vector<effect>& all) {
    for (const auto& one : all) {
      if (one.undoing != undo_class::exact)
        text += fmt::format(", {} (has no undo)", describe(one));
    }
  };
  add(of.before);
  add(of.after_restart);
  return text;
}

/// As the node that is started anew will look at it.
result<> check_module_file(file_system& files, const path& file,
                           const std::string& module, const std::string& vsn,
                           const std::optional<check_policy>& rules) {
  if (files.kind(file) == file_kind::missing) {
    return failure(errc::no_such_file,
                   fmt::format("{} is not there", file.string()));
  }
  INSTAR_TRY_ASSIGN(const auto found,
                    module_file::describe_module(files, file));
  if (found.name != module || found.vsn != vsn) {
    return failure(errc::bad_module_file,
                   fmt::format("{} holds module {} {}", file.string(),
                               found.name, found.vsn));
  }
  // What another runtime can load is for that one to say.
  if (!rules)
    return {};
  INSTAR_TRY_ASSIGN(const auto elf, module_file::read_elf(files, file));
  auto policy = *rules;
  policy.pinned = elf.descriptor && elf.descriptor->pinned;
  return module_file::refuse(module_file::check_module(elf, policy), file);
}

}  // namespace

path runtime_program_of(file_system& files, const path& root,
                        const std::string& runtime) {
  if (runtime.empty())
    return {};
  auto program = root / ("runtime-" + runtime) / "bin" / "instar";
  return files.kind(program) == file_kind::regular ? program : path();
}

result<> check_restart(file_system& files, const path& root,
                       const planned_hop& one, bool allow_irreversible) {
  const auto& target = one.target;
  std::optional<check_policy> rules;
  if (runtime_program_of(files, root, target.spec.runtime).empty()) {
    rules.emplace();
    for (const auto& app : target.apps) {
      for (const auto& library : app.shared_libraries)
        rules->allowed_libraries.push_back(path(library).filename().string());
    }
  }
  for (const auto& app : target.apps) {
    for (const auto& module : app.modules) {
      INSTAR_TRY(check_module_file(
          files, module_file_of(root, app.application, app.vsn, module), module,
          app.vsn, rules));
    }
  }
  if (allow_irreversible)
    return {};
  return failure(errc::irreversible,
                 fmt::format("cannot be taken back exactly: {}; allow it with "
                             "--allow-irreversible",
                             what_ends(one.todo)));
}

restart_forecast forecast_restart(runtime& node) {
  return {node.table().alive(),
          node.sockets() == nullptr ? 0 : node.sockets()->connection_count()};
}

result<> check_restarts(const planned_way& way) {
  if (way.hops.size() < 2)
    return {};
  const auto found =
      std::find_if(way.hops.begin(), way.hops.end(),
                   [](const planned_hop& one) { return one.todo.restarts; });
  if (found == way.hops.end())
    return {};
  return failure(
      errc::illegal_instruction,
      fmt::format("the hop from {} to {} restarts the node, which nothing may "
                  "follow or precede: install {} first, then go on from there",
                  found->from, found->to,
                  &*found == &way.hops.front() ? found->to : found->from));
}

}  // namespace instar::release_handler
