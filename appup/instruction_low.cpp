// The readers of low-level instructions.
#include "appup/instruction_fields.hpp"

#include <fmt/format.h>

#include <utility>

namespace instar::appup {
namespace {

std::vector<std::string> read_modules(const node& from, collector& to) {
  return read_names(from, "a module", errc::bad_list, errc::bad_module, to);
}

// load and remove.
template <class Instruction>
low_level read_switch(const instruction_source& from, collector& to) {
  constexpr std::string_view keys[]{"module", "pre_purge", "post_purge"};
  Instruction read;
  if (!check_arguments(from, keys, {"module", "pre_purge", "post_purge"}, to)) {
    return read;
  }
  if (auto name = read_name(*from.argument.find("module"), "a module",
                            errc::bad_module, to)) {
    read.module = std::move(*name);
  }
  read.pre_purge = read_purge(from.argument, "pre_purge", to);
  read.post_purge = read_purge(from.argument, "post_purge", to);
  return read;
}

suspended_module read_suspended(const node& from, collector& to) {
  suspended_module read;
  auto module = from;
  if (from.is_map()) {
    constexpr std::string_view keys[]{"module", "timeout"};
    if (!check_keys(from, keys, "a suspended module", errc::bad_module, to)) {
      return read;
    }
    const auto named = from.find("module");
    if (!named) {
      to.error(from, errc::bad_module,
               "a suspended module needs the key \"module\"");
      return read;
    }
    module = *named;
    if (const auto timeout = from.find("timeout")) {
      read.timeout = read_timeout(*timeout, to);
    }
  }
  if (auto name = read_name(module, "a module", errc::bad_module, to)) {
    read.module = std::move(*name);
  }
  return read;
}

changed_module read_changed(const node& from, collector& to) {
  changed_module read;
  const auto module = from.find("module");
  const auto extra = from.find("extra");
  if (!module || !extra) {
    to.error(from, errc::bad_code_change,
             fmt::format("expected {{module: M, extra: EXTRA}}, found {}",
                         from.is_map() ? "a map without one of these keys"
                                       : from.described()));
    return read;
  }
  constexpr std::string_view keys[]{"module", "extra"};
  check_keys(from, keys, "a changed module", errc::bad_code_change, to);
  if (auto name = read_name(*module, "a module", errc::bad_module, to)) {
    read.module = std::move(*name);
  }
  read.extra = extra->to_value();
  return read;
}

}  // namespace

low_level read_load_object_code(const instruction_source& from, collector& to) {
  constexpr std::string_view keys[]{"lib", "vsn", "modules"};
  load_object_code read;
  if (!check_arguments(from, keys, {"lib", "vsn", "modules"}, to))
    return read;
  const auto& argument = from.argument;
  if (auto lib = read_name(*argument.find("lib"), "an application",
                           errc::bad_lib, to)) {
    read.lib = std::move(*lib);
  }
  if (auto vsn =
          read_vsn(*argument.find("vsn"), "vsn", errc::bad_lib_vsn, to)) {
    read.vsn = std::move(*vsn);
  }
  read.modules = read_modules(*argument.find("modules"), to);
  return read;
}

low_level read_load(const instruction_source& from, collector& to) {
  return read_switch<load>(from, to);
}

low_level read_remove(const instruction_source& from, collector& to) {
  return read_switch<remove>(from, to);
}

low_level read_purge_instruction(const instruction_source& from,
                                 collector& to) {
  return purge{read_modules(from.argument, to)};
}

low_level read_suspend(const instruction_source& from, collector& to) {
  suspend read;
  if (!from.argument.is_sequence()) {
    read_modules(from.argument, to);
    return read;
  }
  for (const auto& item : from.argument.children()) {
    read.modules.push_back(read_suspended(item, to));
  }
  return read;
}

low_level read_resume(const instruction_source& from, collector& to) {
  return resume{read_modules(from.argument, to)};
}

low_level read_stop(const instruction_source& from, collector& to) {
  return stop{read_modules(from.argument, to)};
}

low_level read_start(const instruction_source& from, collector& to) {
  return start{read_modules(from.argument, to)};
}

low_level read_code_change(const instruction_source& from, collector& to) {
  constexpr std::string_view keys[]{"mode", "modules"};
  code_change read;
  if (!check_arguments(from, keys, {"modules"}, to))
    return read;
  if (const auto mode = from.argument.find("mode")) {
    if (mode->is_string() && mode->text() == "down") {
      read.mode = direction::down;
    } else if (!mode->is_string() || mode->text() != "up") {
      to.error(
          *mode, errc::bad_mode,
          fmt::format("mode must be up or down, not {}", mode->described()));
    }
  }
  const auto modules = from.argument.find("modules");
  if (!modules->is_sequence()) {
    to.error(
        *modules, errc::bad_list,
        fmt::format("expected a list of {{module: M, extra: EXTRA}}, found "
                    "{}",
                    modules->described()));
    return read;
  }
  for (const auto& item : modules->children()) {
    read.modules.push_back(read_changed(item, to));
  }
  return read;
}

low_level read_sync_nodes(const instruction_source& from, collector& to) {
  constexpr std::string_view list_keys[]{"id", "nodes"};
  constexpr std::string_view call_keys[]{"id", "module", "function", "args"};
  const bool is_list = from.argument.find("nodes").has_value() ||
                       !from.argument.find("module").has_value();
  sync_nodes read;
  const bool complete =
      is_list ? check_arguments(from, list_keys, {"id", "nodes"}, to)
              : check_arguments(from, call_keys, {"id"}, to);
  if (!complete)
    return read;
  read.id = from.argument.find("id")->to_value();
  if (!is_list) {
    if (auto call =
            read_mfa(from.argument, "sync_nodes", errc::bad_instruction, to)) {
      read.nodes = std::move(*call);
    }
    return read;
  }
  const auto nodes = *from.argument.find("nodes");
  if (!nodes.is_sequence()) {
    to.error(nodes, errc::bad_list,
             fmt::format("nodes must be a list, not {}", nodes.described()));
    return read;
  }
  std::vector<std::string> names;
  for (const auto& item : nodes.children()) {
    if (auto name = read_text(item, "a node", errc::bad_node, to)) {
      names.push_back(std::move(*name));
    }
  }
  read.nodes = std::move(names);
  return read;
}

low_level read_apply(const instruction_source& from, collector& to) {
  constexpr std::string_view keys[]{"module", "function", "args", "undo"};
  constexpr std::string_view undo_keys[]{"module", "function", "args"};
  apply read;
  if (!check_arguments(from, keys, {"module", "function", "args"}, to)) {
    return read;
  }
  if (auto call = read_mfa(from.argument, "apply", errc::bad_instruction, to)) {
    read.call = std::move(*call);
  }
  if (const auto undo = from.argument.find("undo")) {
    if (check_keys(*undo, undo_keys, "undo", errc::bad_instruction, to)) {
      read.undo = read_mfa(*undo, "undo", errc::bad_instruction, to);
    }
  }
  return read;
}

}  // namespace instar::appup
