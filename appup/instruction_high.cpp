// The readers of module and application instructions.
#include "appup/instruction_fields.hpp"

#include <fmt/format.h>

#include <utility>

namespace instar::appup {
namespace {

constexpr std::string_view in_a_list = ": inside a list nothing has a default";

// What is given for the name: the argument itself where it is short for a map.
// Nothing where the errors say why.
std::optional<node> read_argument(
    const instruction_source& from, std::string_view name_key, key_list known,
    std::initializer_list<std::string_view> required_in_list, collector& to) {
  const auto name = from.keyword.text();
  const bool is_in_list = from.mode == defaults::required;
  if (from.argument.is_map() || (is_in_list && required_in_list.size() > 0)) {
    if (!check_arguments(from, known, {name_key}, to))
      return std::nullopt;
    for (const auto key : required_in_list) {
      if (is_in_list)
        require_key(from.argument, key, known, name, from.keyword,
                    errc::bad_instruction, to, in_a_list);
    }
    return from.argument.find(name_key);
  }
  if (from.argument.is_sequence()) {
    to.error(
        from.argument,
        name_key == "module" ? errc::bad_module : errc::bad_application,
        fmt::format("{} takes one {}, not a list: write an instruction "
                    "for each",
                    name, name_key == "module" ? "module" : "application"));
    return std::nullopt;
  }
  return from.argument;
}

std::string read_module(
    const instruction_source& from, key_list known,
    std::initializer_list<std::string_view> required_in_list,
    written_instruction& into, collector& to) {
  const auto given = read_argument(from, "module", known, required_in_list, to);
  if (!given)
    return {};
  into.name_at = given->at();
  return read_name(*given, "a module", errc::bad_module, to).value_or("");
}

std::vector<std::string> read_dep_mods(const instruction_source& from,
                                       written_instruction& into,
                                       collector& to) {
  const auto given = from.argument.find("dep_mods");
  if (!given)
    return {};
  return read_modules(*given, into.modules_at, to);
}

module_type read_module_type(const node& argument, collector& to) {
  const auto given = argument.find("mod_type");
  if (!given)
    return module_type::dynamic_module;
  constexpr std::string_view known[]{"static", "dynamic"};
  const auto word =
      read_word(*given, "mod_type", known, errc::bad_mod_type, to);
  return word == 0U ? module_type::static_module : module_type::dynamic_module;
}

// The key beside `advanced`, where there is one.
std::optional<node> key_too_many(const node& change) {
  const auto members =
      change.find("advanced") ? change.children() : std::vector<node>{};
  for (std::size_t i = 0; i < members.size(); i += 2) {
    if (members[i].text() != "advanced")
      return members[i];
  }
  return std::nullopt;
}

// Why `given` is no change; it is none of the good ones.
std::string bad_change(const node& given) {
  const auto members = given.is_map() ? given.children() : std::vector<node>{};
  if (given.is_string() && given.text() == "supervisor") {
    return "change: supervisor stands with module alone, without other keys";
  }
  if (given.is_string() && given.text() == "advanced") {
    return "an advanced change needs what its code_change is given: write "
           "{advanced: EXTRA}, where EXTRA may be null";
  }
  if (key_too_many(given)) {
    return "advanced is the only key of a change: what code_change is given "
           "goes into its value";
  }
  constexpr std::string_view known[]{"soft", "supervisor", "advanced"};
  return fmt::format(
      "change must be soft, supervisor or {{advanced: EXTRA}}, not {}{}",
      given.described(),
      did_you_mean(members.size() == 2 ? members[0].text() : given.text(),
                   key_list(known)));
}

// `supervisor` alone is handled before.
void read_change(const instruction_source& from, update& into, collector& to) {
  const auto given = from.argument.find("change");
  if (!given)
    return;
  if (given->is_string() && given->text() == "soft")
    return;
  if (given->is_map()) {
    const auto extra = given->find("advanced");
    if (extra && given->children().size() == 2) {
      check_term(*extra, to);
      into.change = advanced_change{extra->to_value()};
      return;
    }
  }
  // OTP tells its short forms apart by type: what is no map there is no
  // instruction at all.
  bool short_form = !given->is_map() &&
                    !(given->is_string() && given->text() == "supervisor");
  for (const auto key : {"mod_type", "timeout", "convert_timeout", "when_busy",
                         "pre_purge", "post_purge"}) {
    if (from.argument.find(key))
      short_form = false;
  }
  to.error(key_too_many(*given).value_or(*given),
           short_form ? errc::bad_instruction : errc::bad_change,
           bad_change(*given));
}

constexpr std::string_view update_keys[]{
    "module",    "change",    "mod_type",   "timeout", "convert_timeout",
    "when_busy", "pre_purge", "post_purge", "dep_mods"};
constexpr std::string_view load_module_keys[]{"module", "pre_purge",
                                              "post_purge", "dep_mods"};
constexpr std::string_view module_keys[]{"module", "dep_mods"};
constexpr std::string_view add_application_keys[]{"name", "type"};
constexpr std::string_view application_keys[]{"name"};

std::string read_application(
    const instruction_source& from, key_list known,
    std::initializer_list<std::string_view> required_in_list,
    written_instruction& into, collector& to) {
  const auto given = read_argument(from, "name", known, required_in_list, to);
  if (!given)
    return {};
  into.name_at = given->at();
  return read_name(*given, "an application", errc::bad_application, to)
      .value_or("");
}

}  // namespace

high_level read_update(const instruction_source& from,
                       written_instruction& into, collector& to) {
  update read;
  read.module =
      read_module(from, update_keys,
                  {"change", "pre_purge", "post_purge", "dep_mods"}, into, to);
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
  if (const auto timeout = from.argument.find("convert_timeout"))
    read.convert_timeout = read_timeout(*timeout, to);
  read.when_busy = read_when_busy(from.argument, to);
  read_change(from, read, to);
  read.pre_purge = read_purge(from.argument, "pre_purge", to);
  read.post_purge = read_purge(from.argument, "post_purge", to);
  read.dep_mods = read_dep_mods(from, into, to);
  return read;
}

high_level read_load_module(const instruction_source& from,
                            written_instruction& into, collector& to) {
  load_module read;
  read.module = read_module(from, load_module_keys,
                            {"pre_purge", "post_purge", "dep_mods"}, into, to);
  read.pre_purge = read_purge(from.argument, "pre_purge", to);
  read.post_purge = read_purge(from.argument, "post_purge", to);
  read.dep_mods = read_dep_mods(from, into, to);
  return read;
}

high_level read_add_module(const instruction_source& from,
                           written_instruction& into, collector& to) {
  auto module = read_module(from, module_keys, {"dep_mods"}, into, to);
  return add_module{std::move(module), read_dep_mods(from, into, to)};
}

high_level read_delete_module(const instruction_source& from,
                              written_instruction& into, collector& to) {
  auto module = read_module(from, module_keys, {"dep_mods"}, into, to);
  return delete_module{std::move(module), read_dep_mods(from, into, to)};
}

high_level read_add_application(const instruction_source& from,
                                written_instruction& into, collector& to) {
  add_application read;
  read.name = read_application(from, add_application_keys, {"type"}, into, to);
  if (const auto type = from.argument.find("type")) {
    if (const auto known = read_start_type(*type, errc::bad_start_type, to)) {
      read.type = *known;
    }
  }
  return read;
}

high_level read_remove_application(const instruction_source& from,
                                   written_instruction& into, collector& to) {
  return remove_application{
      read_application(from, application_keys, {}, into, to)};
}

high_level read_restart_application(const instruction_source& from,
                                    written_instruction& into, collector& to) {
  return restart_application{
      read_application(from, application_keys, {}, into, to)};
}

}  // namespace instar::appup
