// /v1/code/...: single modules of a running node.
#include "release_handler/api_request.hpp"
#include "release_handler/node_api.hpp"

namespace instar::release_handler {
namespace {

value version_view(runtime& node, instance& code) {
  boost::json::array holders;
  for (const auto& one : find_holders(node, code, search_depth::counted)) {
    holders.push_back(boost::json::string(to_string(one)));
    if (holders.size() == 20)
      break;
  }
  return boost::json::object{{"vsn", code.vsn},
                             {"file", code.origin},
                             {"mapped", code.file},
                             {"build_id", code.build_id},
                             {"processes", code.box_count.load()},
                             {"held_by", std::move(holders)}};
}

}  // namespace

api_response node_api::module_view(const std::string& module) {
  auto& code = parts_.node.code();
  const auto pin = code.pin_current(module);
  boost::json::array old;
  for (auto* one : code.not_current(module))
    old.push_back(version_view(parts_.node, *one));
  if (pin.get() == nullptr && old.empty()) {
    return error_response(failure(instar::errc::no_such_module,
                                  "module " + module + " is not loaded"));
  }
  boost::json::object made{{"module", module}, {"current", nullptr}};
  if (const auto* now = pin.get()) {
    made["current"] = boost::json::object{{"vsn", now->vsn},
                                          {"file", now->origin},
                                          {"mapped", now->file},
                                          {"build_id", now->build_id},
                                          {"processes", now->box_count.load()}};
  }
  made["old"] = std::move(old);
  made["sticky"] = code.is_sticky(module);
  made["modified"] = parts_.releases.modified().contains(module);
  return {200, std::move(made)};
}

api_response node_api::code_file_verb(const std::string& verb,
                                      const api_request& request,
                                      const event_sink& emit) {
  body_reader body(request.body);
  const auto file = body.text("path");
  if (verb == "load") {
    if (auto fine = body.check(); !fine)
      return error_response(fine.error());
  }
  if (!file) {
    return error_response(
        failure(instar::errc::badarg, "\"path\" of the module is missing"));
  }
  if (verb == "load") {
    auto loaded = parts_.releases.load_code(*file, requester_of(request));
    if (!loaded)
      return error_response(loaded.error());
    return {200, boost::json::object{{"ok", true}, {"module", *loaded}}};
  }
  if (verb != "upgrade")
    return not_found(request);
  const auto extra = body.any("extra");
  const auto options = read_install_options(body, parts_);
  if (auto fine = body.check(); !fine)
    return error_response(fine.error());
  return report_response(parts_.releases.upgrade_code(
      *file, extra, options, requester_of(request), emit));
}

api_response node_api::code_verb(const std::string& module,
                                 const std::string& verb,
                                 const api_request& request) {
  if (verb != "purge" && verb != "soft-purge" && verb != "delete")
    return not_found(request);
  auto& code = parts_.node.code();
  if (!code.is_loaded(module) && code.not_current(module).empty()) {
    return error_response(failure(instar::errc::no_such_module,
                                  "module " + module + " is not loaded"));
  }
  if (verb == "delete")
    return done(parts_.releases.delete_code(module, requester_of(request)));
  return done(parts_.releases.purge_code(module, verb == "soft-purge"));
}

}  // namespace instar::release_handler
