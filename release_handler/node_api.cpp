#include "release_handler/node_api.hpp"

#include "release_handler/api_request.hpp"
#include "release_handler/errors.hpp"
#include "runtime/errors.hpp"
#include "runtime/sys.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <map>

namespace instar::release_handler {
namespace {

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> found;
  while (!path.empty()) {
    const auto end = path.find('/');
    const auto one = path.substr(0, end);
    if (!one.empty())
      found.emplace_back(one);
    if (end == std::string_view::npos)
      break;
    path.remove_prefix(end + 1);
  }
  return found;
}

}  // namespace

int http_status_of(const failure& why) {
  static const std::map<std::string, int, std::less<>> by_tag{
      {"no_such_release", 404}, {"noproc", 404},
      {"not_found", 404},       {"no_such_file", 404},
      {"badarg", 400},          {"bad_value", 400},
      {"bad_message", 400},     {"no_such_module", 404},
      {"timeout", 504},         {"not_supported", 501},
      {"no_app_found", 404},    {"no_appup_found", 404},
      {"forbidden", 403},       {"unauthorized", 401},
      {"unknown_debug", 400},   {"undef", 404}};
  const auto found = by_tag.find(why.tag());
  // The rest are conflicts with what the node is: its state says no.
  return found == by_tag.end() ? 409 : found->second;
}

value error_body(const failure& why) {
  return boost::json::object{
      {"error",
       boost::json::object{{"tag", why.tag()}, {"message", why.message()}}}};
}

api_response node_api::handle(const api_request& request,
                              const event_sink& emit) {
  if (request.method == "GET")
    return get(request, emit);
  if (request.method == "POST")
    return post(request, emit);
  return {405, error_body(failure(instar::errc::badarg,
                                  request.method + " is not GET or POST"))};
}

api_response node_api::get(const api_request& request, const event_sink& emit) {
  const auto path = segments(request.path);
  if (path.size() == 1 && path[0] == "metrics")
    return metrics();
  if (path.size() == 3 && path[0] == "v1" && path[1] == "code")
    return module_view(path[2]);
  if (path.size() != 2 || path[0] != "v1")
    return not_found(request);
  const auto& what = path[1];
  if (what == "events")
    return watch(request, emit);
  if (what == "status")
    return {200, status()};
  if (what == "releases")
    return releases_view(request);
  if (what == "processes")
    return processes(request);
  if (what == "tree")
    return tree(request);
  if (what == "schedulers")
    return {200, schedulers()};
  if (what == "code")
    return {200, code()};
  if (what == "blockers")
    return {200, blockers()};
  if (what == "history")
    return history(request);
  return not_found(request);
}

api_response node_api::post(const api_request& request,
                            const event_sink& emit) {
  const auto path = segments(request.path);
  if (path.size() < 2 || path[0] != "v1")
    return not_found(request);
  if (path[1] == "releases" && path.size() == 3 && path[2] == "unpack")
    return unpack(request);
  if (path[1] == "releases" && path.size() == 4) {
    return release_verb(path[2], path[3], request, emit);
  }
  if (path[1] == "rollback" && path.size() == 2) {
    body_reader body(request.body);
    const auto to = body.text("to");
    const bool commit = body.flag("commit");
    const bool is_dry = body.flag("dry_run");
    const auto options = read_install_options(body, parts_, is_dry);
    if (auto fine = body.check(); !fine)
      return error_response(fine.error());
    if (is_dry) {
      const auto vsn = parts_.releases.rollback_target(to);
      return vsn ? check_release(*vsn, options, emit)
                 : error_response(vsn.error());
    }
    return report_of(parts_.releases.rollback(to, commit, options,
                                              requester_of(request), emit));
  }
  if (path[1] == "cancel" && path.size() == 2) {
    return {200, boost::json::object{{"ok", true},
                                     {"cancelled", parts_.releases.cancel()}}};
  }
  if (path[1] == "stop" && path.size() == 2) {
    parts_.stop();
    return {200, boost::json::object{{"ok", true}}};
  }
  if (path[1] == "applications" && path.size() == 3)
    return application_verb(path[2], request, emit);
  if (path[1] == "code" && path.size() == 3)
    return code_file_verb(path[2], request, emit);
  if (path[1] == "code" && path.size() == 4)
    return code_verb(path[2], path[3], request);
  if (path[1] == "processes" && path.size() >= 4) {
    return process_verb(path[2], {path.begin() + 3, path.end()}, request, emit);
  }
  return not_found(request);
}

api_response node_api::check_release(const std::string& vsn,
                                     const install_options& options,
                                     const event_sink& emit) {
  return check_response(
      parts_.releases.check_install_release(vsn, options, emit));
}

api_response node_api::process_verb(const std::string& name,
                                    const std::vector<std::string>& rest,
                                    const api_request& request,
                                    const event_sink& emit) {
  const auto found = sys::find_process(parts_.node, name);
  if (!found)
    return error_response(found.error());
  const auto process = *found;
  if (rest.size() == 2 && rest[0] == "sys") {
    return sys_verb(process, name, rest[1], request, emit);
  }
  body_reader options(request.body);
  const auto message = options.any("message");
  const auto timeout =
      options.milliseconds("timeout_ms").value_or(default_call_timeout);
  if (auto fine = options.check(); !fine)
    return error_response(fine.error());
  if (rest.size() == 1 && rest[0] == "call") {
    return answer(parts_.node.call_json(process, message, timeout));
  }
  if (rest.size() == 1 && rest[0] == "cast") {
    return done(parts_.node.cast_json(process, message));
  }
  return error_response(
      failure(instar::errc::not_found, "no such operation on a process"));
}

}  // namespace instar::release_handler
