// Requests that change one application of the node.
#include "release_handler/api_request.hpp"
#include "release_handler/node_api.hpp"

#include <optional>
#include <string>

namespace instar::release_handler {

api_response node_api::application_verb(const std::string& verb,
                                        const api_request& request,
                                        const event_sink& emit) {
  body_reader body(request.body);
  const bool is_check = body.flag("dry_run");
  const auto options = read_install_options(body, parts_, is_check);
  const auto folder = body.text("path");
  const auto instructions = body.text("instructions");
  if (auto fine = body.check(); !fine)
    return error_response(fine.error());
  if (!folder) {
    return error_response(failure(instar::errc::badarg,
                                  "\"path\" of the application is missing"));
  }
  if (verb == "eval" && !instructions) {
    return error_response(
        failure(instar::errc::badarg, "\"instructions\", a file, is missing"));
  }
  if (verb != "eval" && instructions) {
    return error_response(
        failure(instar::errc::badarg, "\"instructions\" are for eval alone"));
  }
  if (verb != "eval" && verb != "upgrade" && verb != "downgrade")
    return not_found(request);
  auto& releases = parts_.releases;
  if (is_check) {
    const auto way =
        verb == "downgrade" ? appup::direction::down : appup::direction::up;
    const auto script =
        instructions ? std::optional<path>(*instructions) : std::nullopt;
    return check_response(
        releases.check_app(*folder, way, script, options, emit));
  }
  const auto by = requester_of(request);
  if (verb == "eval") {
    return report_response(
        releases.eval_appup_script(*folder, *instructions, options, by, emit));
  }
  if (verb == "upgrade")
    return report_response(releases.upgrade_app(*folder, options, by, emit));
  return report_response(releases.downgrade_app(*folder, options, by, emit));
}

}  // namespace instar::release_handler
