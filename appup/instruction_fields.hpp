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

/// Checks the keys, and that each of `required` is there (`bad_instruction`);
/// `why` is added to the message.
bool check_arguments(const instruction_source& from, key_list known,
                     std::initializer_list<std::string_view> required,
                     collector& to, std::string_view why = {});

/// The argument `key`, or the argument itself where it is a bare name.
std::optional<node> named_argument(const instruction_source& from,
                                   std::string_view key);

purge_method read_purge(const node& argument, std::string_view key,
                        collector& to);
suspend_timeout read_timeout(const node& from, collector& to);

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

low_level read_load_object_code(const instruction_source&, collector&);
low_level read_load(const instruction_source&, collector&);
low_level read_remove(const instruction_source&, collector&);
low_level read_purge_instruction(const instruction_source&, collector&);
low_level read_suspend(const instruction_source&, collector&);
low_level read_resume(const instruction_source&, collector&);
low_level read_code_change(const instruction_source&, collector&);
low_level read_stop(const instruction_source&, collector&);
low_level read_start(const instruction_source&, collector&);
low_level read_sync_nodes(const instruction_source&, collector&);
low_level read_apply(const instruction_source&, collector&);

}  // namespace instar::appup
