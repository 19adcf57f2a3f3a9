// The readers of low-level instructions.
#include "appup/instruction_fields.hpp"

#include <fmt/format.h>

#include <utility>

namespace instar::appup {
namespace {

// load and remove.
template <class Instruction>
low_level read_switch(const instruction_source& from, written_instruction& into,
                      collector& to) {
  constexpr std::string_view keys[]{"module", "pre_purge", "post_purge"};
  Instruction read;
  if (!check_arguments(from, keys, {"module", "pre_purge", "post_purge"}, to)) {
    return read;
  }
  read.module = read_name_key(from.argument, "module", "a module",
                              errc::bad_module, into.name_at, to);
  read.pre_purge = read_purge(from.argument, "pre_purge", to);
  read.post_purge = read_purge(from.argument, "post_purge", to);
  return read;
}

suspended_module read_suspended(const node& from, text_position& at,
                                collector& to) {
  suspended_module read;
  auto module = std::optional(from);
  if (from.is_map()) {
    constexpr std::string_view keys[]{"module", "timeout", "when_busy"};
    check_keys(from, keys, "a suspended module", errc::bad_module, to);
    module = require_key(from, "module", keys, "a suspended module", from,
                         errc::bad_module, to);
    if (const auto timeout = from.find("timeout")) {
      read.timeout = read_timeout(*timeout, to);
    }
    read.when_busy = read_when_busy(from, to);
  }
  at = from.at();
  if (!module)
    return read;
  at = module->at();
  read.module =
      read_name(*module, "a module", errc::bad_module, to).value_or("");
  return read;
}

changed_module read_changed(const node& from, text_position& at,
                            collector& to) {
  changed_module read;
  at = from.at();
  constexpr std::string_view keys[]{"module", "extra", "timeout"};
  if (!from.is_map()) {
    to.error(from, errc::bad_code_change,
             fmt::format("expected {{module: M, extra: EXTRA}}, found {}",
                         from.described()));
    return read;
  }
  constexpr std::string_view what = "a changed module";
  const auto module =
      require_key(from, "module", keys, what, from, errc::bad_code_change, to);
  const auto extra =
      require_key(from, "extra", keys, what, from, errc::bad_code_change, to);
  check_keys(from, keys, what, errc::bad_code_change, to);
  if (module) {
    at = module->at();
    read.module =
        read_name(*module, "a module", errc::bad_module, to).value_or("");
  }
  if (extra) {
    check_term(*extra, to);
    read.extra = extra->to_value();
  }
  if (const auto timeout = from.find("timeout"))
    read.timeout = read_timeout(*timeout, to);
  return read;
}

}  // namespace

low_level read_load_object_code(const instruction_source& from,
                                written_instruction& into, collector& to) {
  constexpr std::string_view keys[]{"lib", "vsn", "modules"};
  load_object_code read;
  if (!check_arguments(from, keys, {"lib", "vsn", "modules"}, to))
    return read;
  const auto& argument = from.argument;
  text_position lib_at;
  read.lib = read_name_key(argument, "lib", "an application", errc::bad_lib,
                           lib_at, to);
  if (const auto vsn = argument.find("vsn")) {
    into.name_at = vsn->at();
    read.vsn = read_vsn(*vsn, "vsn", errc::bad_lib_vsn, to).value_or("");
  }
  if (const auto modules = argument.find("modules"))
    read.modules = read_modules(*modules, into.modules_at, to);
  return read;
}

low_level read_load(const instruction_source& from, written_instruction& into,
                    collector& to) {
  return read_switch<load>(from, into, to);
}

low_level read_remove(const instruction_source& from, written_instruction& into,
                      collector& to) {
  return read_switch<remove>(from, into, to);
}

low_level read_purge_instruction(const instruction_source& from,
                                 written_instruction& into, collector& to) {
  return purge{read_modules(from.argument, into.modules_at, to)};
}

low_level read_suspend(const instruction_source& from,
                       written_instruction& into, collector& to) {
  suspend read;
  if (!from.argument.is_sequence()) {
    read_modules(from.argument, into.modules_at, to);
    return read;
  }
  for (const auto& item : from.argument.children()) {
    read.modules.push_back(
        read_suspended(item, into.modules_at.emplace_back(), to));
  }
  return read;
}

low_level read_resume(const instruction_source& from, written_instruction& into,
                      collector& to) {
  return resume{read_modules(from.argument, into.modules_at, to)};
}

low_level read_stop(const instruction_source& from, written_instruction& into,
                    collector& to) {
  return stop{read_modules(from.argument, into.modules_at, to)};
}

low_level read_start(const instruction_source& from, written_instruction& into,
                     collector& to) {
  return start{read_modules(from.argument, into.modules_at, to)};
}

low_level read_code_change(const instruction_source& from,
                           written_instruction& into, collector& to) {
  constexpr std::string_view keys[]{"mode", "modules"};
  code_change read;
  if (!check_arguments(from, keys, {"modules"}, to))
    return read;
  if (const auto mode = from.argument.find("mode")) {
    constexpr std::string_view known[]{"up", "down"};
    if (read_word(*mode, "mode", known, errc::bad_mode, to) == 1U)
      read.mode = direction::down;
  }
  const auto modules = from.argument.find("modules");
  if (!modules)
    return read;
  if (!modules->is_sequence()) {
    to.error(
        *modules, errc::bad_list,
        fmt::format("expected a list of {{module: M, extra: EXTRA}}, found "
                    "{}",
                    modules->described()));
    return read;
  }
  for (const auto& item : modules->children()) {
    read.modules.push_back(
        read_changed(item, into.modules_at.emplace_back(), to));
  }
  return read;
}

low_level read_sync_nodes(const instruction_source& from, written_instruction&,
                          collector& to) {
  constexpr std::string_view list_keys[]{"id", "nodes"};
  constexpr std::string_view call_keys[]{"id", "module", "function", "args"};
  const auto& argument = from.argument;
  const bool is_list = argument.find("nodes").has_value() ||
                       !argument.find("module").has_value();
  sync_nodes read;
  const bool is_map =
      is_list ? check_arguments(from, list_keys, {"id", "nodes"}, to)
              : check_arguments(from, call_keys, {"id"}, to);
  if (!is_map)
    return read;
  if (const auto id = argument.find("id")) {
    check_term(*id, to);
    read.id = id->to_value();
  }
  if (!is_list) {
    if (auto call = read_mfa(argument, "sync_nodes", from.keyword,
                             errc::bad_instruction, to)) {
      read.nodes = std::move(*call);
    }
    return read;
  }
  const auto nodes = argument.find("nodes");
  if (!nodes)
    return read;
  if (!nodes->is_sequence()) {
    to.error(*nodes, errc::bad_list,
             fmt::format("nodes must be a list, not {}", nodes->described()));
    return read;
  }
  std::vector<std::string> names;
  for (const auto& item : nodes->children()) {
    if (auto name = read_text(item, "a node", errc::bad_node, to)) {
      names.push_back(std::move(*name));
    }
  }
  read.nodes = std::move(names);
  return read;
}

low_level read_apply(const instruction_source& from, written_instruction&,
                     collector& to) {
  constexpr std::string_view keys[]{"module", "function", "args", "undo"};
  constexpr std::string_view undo_keys[]{"module", "function", "args"};
  apply read;
  if (!check_arguments(from, keys, {}, to))
    return read;
  if (auto call = read_mfa(from.argument, "apply", from.keyword,
                           errc::bad_instruction, to)) {
    read.call = std::move(*call);
  }
  if (const auto undo = from.argument.find("undo")) {
    if (check_keys(*undo, undo_keys, "undo", errc::bad_instruction, to)) {
      read.undo = read_mfa(*undo, "undo", *undo, errc::bad_instruction, to);
    }
  }
  return read;
}

}  // namespace instar::appup
