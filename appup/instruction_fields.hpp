// The arguments that several instructions share. Private to the instruction
// readers.
#pragma once

#include "appup/form.hpp"
#include "appup/instruction_reader.hpp"

#include <optional>
#include <string_view>

namespace instar::appup {

/// What a reader of one keyword is given.
struct instruction_source {
  node keyword;
  node argument;
  defaults mode;
};

/// Checks the keys, and that each of `required` is there (`bad_instruction`).
/// False for what is no map.
bool check_arguments(const instruction_source& from, key_list known,
                     std::initializer_list<std::string_view> required,
                     collector& to);

/// A list of modules, each place in `at`.
std::vector<std::string> read_modules(const node& from,
                                      std::vector<text_position>& at,
                                      collector& to);
/// The key `module` or another name's, where it is given; its place in `at`.
std::string read_name_key(const node& map, std::string_view key,
                          std::string_view what, errc tag, text_position& at,
                          collector& to);
purge_method read_purge(const node& argument, std::string_view key,
                        collector& to);
suspend_timeout read_timeout(const node& from, collector& to);
/// The key when_busy, where it is given.
std::optional<busy_policy> read_when_busy(const node& argument, collector& to);

// One reader per keyword; each returns something even after an error.
high_level read_update(const instruction_source&, written_instruction&,
                       collector&);
high_level read_load_module(const instruction_source&, written_instruction&,
                            collector&);
high_level read_add_module(const instruction_source&, written_instruction&,
                           collector&);
high_level read_delete_module(const instruction_source&, written_instruction&,
                              collector&);
high_level read_add_application(const instruction_source&, written_instruction&,
                                collector&);
high_level read_remove_application(const instruction_source&,
                                   written_instruction&, collector&);
high_level read_restart_application(const instruction_source&,
                                    written_instruction&, collector&);

low_level read_load_object_code(const instruction_source&, written_instruction&,
                                collector&);
low_level read_load(const instruction_source&, written_instruction&,
                    collector&);
low_level read_remove(const instruction_source&, written_instruction&,
                      collector&);
low_level read_purge_instruction(const instruction_source&,
                                 written_instruction&, collector&);
low_level read_suspend(const instruction_source&, written_instruction&,
                       collector&);
low_level read_resume(const instruction_source&, written_instruction&,
                      collector&);
low_level read_code_change(const instruction_source&, written_instruction&,
                           collector&);
low_level read_stop(const instruction_source&, written_instruction&,
                    collector&);
low_level read_start(const instruction_source&, written_instruction&,
                     collector&);
low_level read_sync_nodes(const instruction_source&, written_instruction&,
                          collector&);
low_level read_apply(const instruction_source&, written_instruction&,
                     collector&);

}  // namespace instar::appup
