// The verbs of the command, one function and one file each. A verb adds itself
// to its parent; when it is on the command line it sets session::action.
//
// The session and whatever a verb keeps live as long as the parent. Only the
// main thread.
#pragma once

#include "cli/session.hpp"

namespace CLI {
class App;
}

namespace instar::cli {

// On the build machine.
void add_app(CLI::App& root, session& with);    // app check, and app_upgrade's
void add_appup(CLI::App& root, session& with);  // appup check, generate
void add_appup_generate(CLI::App& parent, session& with);
void add_relup(CLI::App& root, session& with);  // relup make
void add_module_info(CLI::App& parent, session& with);
void add_release_pack(CLI::App& parent, session& with);
void add_release_verify(CLI::App& parent, session& with);
void add_key(CLI::App& root, session& with);  // key make
void add_schema(CLI::App& root, session& with);
void add_version(CLI::App& root, session& with);

// A node.
void add_run(CLI::App& root, session& with);
void add_stop(CLI::App& root, session& with);
void add_release_create_list(CLI::App& parent, session& with);

// An operator, on a running node.
void add_release_list(CLI::App& parent, session& with);
void add_release_unpack(CLI::App& parent, session& with);
void add_release_check(CLI::App& parent, session& with);
void add_release_install(CLI::App& parent, session& with);
void add_release_commit(CLI::App& parent, session& with);
void add_release_rollback(CLI::App& parent, session& with);
void add_release_cancel(CLI::App& parent, session& with);
void add_release_remove(CLI::App& parent, session& with);
void add_release_set_unpacked(CLI::App& parent, session& with);
void add_release_set_removed(CLI::App& parent, session& with);
void add_release_install_file(CLI::App& parent, session& with);
void add_release_reboot(CLI::App& parent, session& with);
void add_release_history(CLI::App& parent, session& with);
void add_status(CLI::App& root, session& with);
void add_tree(CLI::App& root, session& with);
void add_ps(CLI::App& root, session& with);
void add_observer(CLI::App& root, session& with);
void add_blockers(CLI::App& root, session& with);
void add_metrics(CLI::App& root, session& with);
void add_watch(CLI::App& root, session& with);
void add_sys(CLI::App& root, session& with);
void add_sys_debug(CLI::App& group, session& with);
void add_call(CLI::App& root, session& with);
void add_cast(CLI::App& root, session& with);
void add_code(CLI::App& root, session& with);
void add_app_upgrade(CLI::App& group, session& with);

}  // namespace instar::cli
