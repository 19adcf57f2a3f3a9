// The readers of module and application instructions.
#include "appup/instruction_fields.hpp"

#include <fmt/format.h>

#include <utility>

namespace instar::appup {
namespace {

constexpr std::string_view in_a_list = ": inside a list nothing has a default";

// The module's name, if the argument has a good shape.
bool read_module(const instruction_source& from, key_list known,
                 std::initializer_list<std::string_view> required_in_list,
                 written_instruction& into, std::string& module,
                 collector& to) {
  if (from.argument.is_map()) {
    bool complete = check_arguments(from, known, {"module"}, to);
    if (complete && from.mode == defaults::required) {
      complete = check_arguments(from, known, required_in_list, to, in_a_list);
    }
    if (!complete)
      return false;
  } else if (from.mode == defaults::required) {
    return check_arguments(from, known, {}, to);
  }
  const auto given = named_argument(from, "module");
  into.name_at = given->at();
  if (auto name = read_name(*given, "a module", errc::bad_module, to)) {
    module = std::move(*name);
  }
  return true;
}

std::vector<std::string> read_dep_mods(const instruction_source& from,
                                       written_instruction& into,
                                       collector& to) {
  const auto given = from.argument.find("dep_mods");
  if (!given)
    return {};
  if (given->is_sequence()) {
    for (const auto& item : given->children()) {
      into.dep_mods_at.push_back(item.at());
    }
  }
  return read_names(*given, "a module", errc::bad_list, errc::bad_module, to);
}

module_type read_module_type(const node& argument, collector& to) {
  const auto given = argument.find("mod_type");
  if (!given)
    return module_type::dynamic_module;
  if (given->is_string() && given->text() == "static") {
    return module_type::static_module;
  }
  if (!given->is_string() || given->text() != "dynamic") {
    to.error(*given, errc::bad_mod_type,
             fmt::format("mod_type must be static or dynamic, not {}",
                         given->described()));
  }
  return module_type::dynamic_module;
}

// `supervisor` is handled before: it is the only key then.
void read_change(const instruction_source& from, update& into, collector& to) {
  const auto given = from.argument.find("change");
  if (!given)
    return;
  if (given->is_string() && given->text() == "soft")
    return;
  if (given->is_map()) {
    const auto extra = given->find("advanced");
    if (extra && given->children().size() == 2) {
      into.change = advanced_change{extra->to_value()};
      return;
    }
  }
  constexpr std::string_view expected =
      "change must be soft, supervisor or {advanced: EXTRA}";
  if (given->is_string() && given->text() == "supervisor") {
    to.error(*given, errc::bad_change,
             "change: supervisor stands with module alone, without other keys");
    return;
  }
  // OTP tells its short forms apart by type: what is no map there is no
  // instruction at all.
  bool short_form = !given->is_map();
  for (const auto key : {"mod_type", "timeout", "pre_purge", "post_purge"}) {
    if (from.argument.find(key))
      short_form = false;
  }
  constexpr std::string_view known[]{"soft", "supervisor", "advanced"};
  const auto members =
      given->is_map() ? given->children() : std::vector<node>{};
  const auto word = members.size() == 2 ? members[0].text() : given->text();
  to.error(*given, short_form ? errc::bad_instruction : errc::bad_change,
           fmt::format("{}, not {}{}", expected, given->described(),
                       did_you_mean(word, key_list(known))));
}

constexpr std::string_view update_keys[]{"module",  "change",    "mod_type",
                                         "timeout", "pre_purge", "post_purge",
                                         "dep_mods"};
constexpr std::string_view load_module_keys[]{"module", "pre_purge",
                                              "post_purge", "dep_mods"};
constexpr std::string_view module_keys[]{"module", "dep_mods"};
constexpr std::string_view add_application_keys[]{"name", "type"};
constexpr std::string_view application_keys[]{"name"};

bool read_application(const instruction_source& from, key_list known,
                      written_instruction& into, std::string& name,
                      collector& to) {
  if (from.argument.is_map() && !check_arguments(from, known, {"name"}, to)) {
    return false;
  }
  const auto given = named_argument(from, "name");
  into.name_at = given->at();
  if (auto read =
          read_name(*given, "an application", errc::bad_application, to)) {
    name = std::move(*read);
  }
  return true;
}

}  // namespace

high_level read_update(const instruction_source& from,
                       written_instruction& into, collector& to) {
  update read;
  if (!read_module(from, update_keys,
                   {"change", "pre_purge", "post_purge", "dep_mods"}, into,
                   read.module, to)) {
    return read;
  }
  const auto change = from.argument.find("change");
  if (change && change->is_string() && change->text() == "supervisor" &&
      from.argument.children().size() == 4) {
    // As {advanced, []}: the same value for every supervisor.
    read.change = advanced_change{boost::json::array()};
    read.type = module_type::static_module;
    return read;
  }
  read.type = read_module_type(from.argument, to);
  if (const auto timeout = from.argument.find("timeout")) {
    read.timeout = read_timeout(*timeout, to);
  }
  read_change(from, read, to);
  read.pre_purge = read_purge(from.argument, "pre_purge", to);
  read.post_purge = read_purge(from.argument, "post_purge", to);
  read.dep_mods = read_dep_mods(from, into, to);
  return read;
}

high_level read_load_module(const instruction_source& from,
                            written_instruction& into, collector& to) {
  load_module read;
  if (!read_module(from, load_module_keys,
                   {"pre_purge", "post_purge", "dep_mods"}, into, read.module,
                   to)) {
    return read;
  }
  read.pre_purge = read_purge(from.argument, "pre_purge", to);
  read.post_purge = read_purge(from.argument, "post_purge", to);
  read.dep_mods = read_dep_mods(from, into, to);
  return read;
}

high_level read_add_module(const instruction_source& from,
                           written_instruction& into, collector& to) {
  add_module read;
  if (read_module(from, module_keys, {"dep_mods"}, into, read.module, to)) {
    read.dep_mods = read_dep_mods(from, into, to);
  }
  return read;
}

high_level read_delete_module(const instruction_source& from,
                              written_instruction& into, collector& to) {
  delete_module read;
  if (read_module(from, module_keys, {"dep_mods"}, into, read.module, to)) {
    read.dep_mods = read_dep_mods(from, into, to);
  }
  return read;
}

high_level read_add_application(const instruction_source& from,
                                written_instruction& into, collector& to) {
  add_application read;
  if (!read_application(from, add_application_keys, into, read.name, to)) {
    return read;
  }
  if (const auto type = from.argument.find("type")) {
    if (const auto known = read_start_type(*type, errc::bad_start_type, to)) {
      read.type = *known;
    }
  } else if (from.mode == defaults::required) {
    check_arguments(from, add_application_keys, {"type"}, to, in_a_list);
  }
  return read;
}

high_level read_remove_application(const instruction_source& from,
                                   written_instruction& into, collector& to) {
  remove_application read;
  read_application(from, application_keys, into, read.name, to);
  return read;
}

high_level read_restart_application(const instruction_source& from,
                                    written_instruction& into, collector& to) {
  restart_application read;
  read_application(from, application_keys, into, read.name, to);
  return read;
}

}  // namespace instar::appup
