#include "tests/upgrade/example_node.hpp"

#include "runtime/sys.hpp"
#include "tests/support/result.hpp"

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

namespace instar::testing {

example_node::example_node(path folder, std::string application,
                           std::size_t workers)
    : folder_(std::move(folder)),
      application_(std::move(application)),
      spool_(boost::filesystem::temp_directory_path() /
             boost::filesystem::unique_path("instar-%%%%%%%%%%%%")),
      sched_(workers),
      node_(sched_, files_,
            {.spool = spool_,
             .log =
                 [](log_level level, std::string_view text) {
                   if (level >= log_level::warning)
                     MESSAGE(std::string(text));
                 }}),
      sockets_(node_, sched_.io()) {
  node_.set_sockets(&sockets_);
}

example_node::~example_node() {
  node_.stop();
  sockets_.close_all();
  sched_.stop();
  boost::system::error_code ignored;
  boost::filesystem::remove_all(spool_, ignored);
}

path example_node::module_file(std::string_view vsn,
                               const std::string& module) const {
  const auto library = application_ + "-" + std::string(vsn);
  return folder_ / "lib" / library / "modules" / (module + ".so");
}

result<> example_node::start(std::string_view vsn, boost::json::object env) {
  application_info about;
  about.name = application_;
  about.vsn = vsn;
  about.start_module = application_ + "_app";
  about.start_args = boost::json::object();
  about.env = std::move(env);
  INSTAR_TRY_ASSIGN(const auto files,
                    files_.list(module_file(vsn, "x").parent_path()));
  std::vector<instance*> loaded;
  for (const auto& file : files) {
    about.modules.push_back(path(file).stem().string());
    INSTAR_TRY_ASSIGN(
        auto* next,
        node_.code().load_next(module_file(vsn, about.modules.back()), loaded));
    loaded.push_back(next);
  }
  node_.code().commit({loaded, {}});
  INSTAR_TRY(node_.applications().load(std::move(about)));
  return node_.applications().start(application_,
                                    application_start_type::permanent);
}

result<upgrade_report> example_node::change_to(std::string_view vsn,
                                               const updates& modules,
                                               direction way) {
  std::vector<module_upgrade> batch;
  std::vector<instance*> loaded;
  for (const auto& [module, extra] : modules) {
    INSTAR_TRY(node_.code().soft_purge(module));
    INSTAR_TRY_ASSIGN(auto* next,
                      node_.code().load_next(module_file(vsn, module), loaded));
    loaded.push_back(next);
    module_upgrade one;
    one.module = module;
    one.next = next;
    one.is_suspended = true;
    one.is_converted = next->descriptor.kind == behaviour_kind::gen_server;
    one.way = way;
    one.extra = extra;
    batch.push_back(std::move(one));
  }
  upgrade change(node_, std::move(batch), {});
  INSTAR_TRY(change.check());
  INSTAR_TRY(change.prepare());
  INSTAR_TRY(change.commit());
  INSTAR_TRY(change.adopt(std::chrono::seconds(30)));
  return change.report();
}

value example_node::state_of(std::string_view name) {
  auto state = sys::get_state(node_, node_.whereis(name));
  REQUIRE_MESSAGE(state, state.error().message());
  return *state;
}

std::string example_node::current_vsn(std::string_view module) const {
  const auto* current = node_.code().current(module);
  return current == nullptr ? "" : current->vsn;
}

}  // namespace instar::testing
