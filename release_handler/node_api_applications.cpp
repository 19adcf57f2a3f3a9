// Requests that change one application of the node.
#include "release_handler/api_request.hpp"
#include "release_handler/node_api.hpp"

#include <string>

namespace instar::release_handler {

api_response node_api::application_verb(const std::string& verb,
                                        const api_request& request,
                                        const event_sink& emit) {
  body_reader body(request.body);
  const auto options = read_install_options(body, parts_);
  const auto folder = body.text("path");
  const auto instructions = body.text("instructions");
  if (auto fine = body.check(); !fine)
    return error_response(fine.error());
  if (!folder) {
    return error_response(failure(instar::errc::badarg,
                                  "\"path\" of the application is missing"));
  }
  auto& releases = parts_.releases;
  const auto by = requester_of(request);
  if (verb == "eval") {
    if (!instructions) {
      return error_response(failure(instar::errc::badarg,
                                    "\"instructions\", a file, is missing"));
    }
    return report_response(
        releases.eval_appup_script(*folder, *instructions, options, by, emit));
  }
  if (instructions) {
    return error_response(
        failure(instar::errc::badarg, "\"instructions\" are for eval alone"));
  }
  if (verb == "upgrade")
    return report_response(releases.upgrade_app(*folder, options, by, emit));
  if (verb == "downgrade")
    return report_response(releases.downgrade_app(*folder, options, by, emit));
  return not_found(request);
}

}  // namespace instar::release_handler
