#include "release_handler/start_release.hpp"

#include "release_handler/errors.hpp"

#include <fmt/format.h>

namespace instar::release_handler {
namespace {

result<> load_modules(runtime& runtime, const release_data& release,
                      const path& root) {
  for (const auto& app : release.apps) {
    INSTAR_TRY(use_libraries(runtime, app, root));
    for (const auto& module : app.modules) {
      const auto file = module_file_of(root, app.application, app.vsn, module);
      INSTAR_TRY_ASSIGN(const auto* code, runtime.code().load_file(file));
      if (code->name != module || code->vsn != app.vsn) {
        return failure(errc::bad_module_file,
                       fmt::format("{} holds {} {}, not {} {}", file.string(),
                                   code->name, code->vsn, module, app.vsn));
      }
    }
  }
  return {};
}

result<> start_applications(runtime& runtime, const release_data& release) {
  using appup::start_type;
  for (const auto& app : release.apps) {
    const auto type = release.start_type_of(app.application);
    if (type == start_type::none)
      continue;
    INSTAR_TRY(runtime.applications().load(release.info_of(app)));
    // What is included is started by the one that includes it, which comes later.
    if (type == start_type::load ||
        !release.includer_of(app.application).empty()) {
      continue;
    }
    const auto as =
        type == start_type::permanent   ? application_start_type::permanent
        : type == start_type::transient ? application_start_type::transient
                                        : application_start_type::temporary;
    auto started = runtime.applications().start(app.application, as);
    if (started)
      continue;
    if (as != application_start_type::temporary)
      return started;
    runtime.log(log_level::error,
                "the node starts without a temporary "
                "application: " +
                    started.error().message());
  }
  return {};
}

}  // namespace

result<> start_release(runtime& node, const release_data& release,
                       const path& root, instar::code_mode mode) {
  node.code().set_code_path(mode, release.code_path(root));
  if (mode == instar::code_mode::embedded) {
    INSTAR_TRY(load_modules(node, release, root));
  } else {
    for (const auto& app : release.apps)
      INSTAR_TRY(use_libraries(node, app, root));
  }
  return start_applications(node, release);
}

}  // namespace instar::release_handler
