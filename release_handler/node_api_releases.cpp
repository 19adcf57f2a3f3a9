// Requests about the releases of a node.
#include "release_handler/api_request.hpp"
#include "release_handler/errors.hpp"
#include "release_handler/node_api.hpp"

#include <optional>
#include <string>
#include <vector>

namespace instar::release_handler {
namespace {

value row_of(const release_record& of) {
  boost::json::array libs;
  for (const auto& lib : of.libs)
    libs.push_back(value(lib.folder_name()));
  return boost::json::object{{"name", of.name},
                             {"vsn", of.vsn},
                             {"status", to_string(of.status)},
                             {"libs", std::move(libs)}};
}

std::optional<release_status> status_named(std::string_view name) {
  for (const auto one : {release_status::unpacked, release_status::current,
                         release_status::permanent, release_status::old}) {
    if (name == to_string(one))
      return one;
  }
  return std::nullopt;
}

/// An option that must be there.
result<std::string> required(body_reader& body, const char* key,
                             const char* of) {
  auto given = body.text(key);
  INSTAR_TRY(body.check());
  if (!given) {
    return failure(instar::errc::badarg,
                   fmt::format("\"{}\" of the {} is missing", key, of));
  }
  return std::move(*given);
}

}  // namespace

api_response node_api::releases_view(const api_request& request) {
  auto all = parts_.releases.which_releases();
  const auto wanted = request.query.find("status");
  if (wanted != request.query.end()) {
    const auto status = status_named(wanted->second);
    if (!status) {
      return error_response(
          failure(instar::errc::badarg,
                  "a status is unpacked, current, permanent or old, not " +
                      wanted->second));
    }
    all = parts_.releases.which_releases(*status);
  }
  boost::json::array rows;
  for (const auto& one : all)
    rows.push_back(row_of(one));
  return {200, boost::json::object{{"releases", std::move(rows)}}};
}

api_response node_api::unpack(const api_request& request) {
  body_reader body(request.body);
  const auto file = required(body, "path", "package");
  if (!file)
    return error_response(file.error());
  auto vsn = parts_.releases.unpack_release(*file, requester_of(request));
  if (!vsn)
    return error_response(vsn.error());
  return {200, boost::json::object{{"ok", true}, {"vsn", *vsn}}};
}

api_response node_api::release_verb(const std::string& vsn,
                                    const std::string& verb,
                                    const api_request& request,
                                    const event_sink& emit) {
  if (verb != "check" && verb != "install")
    return change_release(vsn, verb, request);
  body_reader body(request.body);
  const bool is_check = body.flag("dry_run") || verb == "check";
  const auto options = read_install_options(body, parts_, is_check);
  const bool purges = verb == "check" && body.flag("purge");
  const bool waits = verb == "install" && body.flag("wait");
  if (auto fine = body.check(); !fine)
    return error_response(fine.error());
  if (purges) {
    if (auto purged = parts_.releases.purge_for(vsn); !purged)
      return error_response(purged.error());
  }
  if (is_check)
    return check_release(vsn, options, emit);
  auto report = parts_.releases.install_release(vsn, options,
                                                requester_of(request), emit);
  if (waits && report.ok() && report.probation) {
    emit(boost::json::object{{"event", "probation"},
                             {"vsn", vsn},
                             {"seconds", report.probation->count()}});
    parts_.releases.wait_for_probation(report);
  }
  return report_of(report);
}

api_response node_api::report_of(const install_report& report) const {
  auto made = report_response(report);
  if (report.outcome == outcome::restarting)
    made.body.get_object()["boot_timeout_s"] = parts_.boot_timeout.count();
  return made;
}

/// The verbs that no process notices.
api_response node_api::change_release(const std::string& vsn,
                                      const std::string& verb,
                                      const api_request& request) {
  auto& releases = parts_.releases;
  const auto by = requester_of(request);
  body_reader body(request.body);
  if (verb == "install-file") {
    const auto file = required(body, "path", "file");
    if (!file)
      return error_response(file.error());
    return done(releases.install_file(vsn, *file, by));
  }
  if (auto fine = body.check(); !fine)
    return error_response(fine.error());
  if (verb == "commit")
    return commit_release(vsn, by);
  if (verb == "remove")
    return done(releases.remove_release(vsn, by));
  if (verb == "set-removed")
    return done(releases.set_removed(vsn, by));
  if (verb == "set-unpacked")
    return done(releases.set_unpacked(vsn, by));
  if (verb != "reboot")
    return not_found(request);
  const auto answered = done(releases.reboot_old_release(vsn, by));
  if (answered.status == 200)
    parts_.reboot ? parts_.reboot() : parts_.stop();
  return answered;
}

/// Also which releases `keep` has removed.
api_response node_api::commit_release(const std::string& vsn,
                                      const requester& by) {
  auto& releases = parts_.releases;
  const auto old = releases.which_releases(release_status::old);
  if (auto committed = releases.make_permanent(vsn, by); !committed)
    return error_response(committed.error());
  const auto now = releases.which_releases();
  boost::json::array removed;
  for (const auto& one : old) {
    const bool is_there =
        std::any_of(now.begin(), now.end(),
                    [&](const auto& other) { return other.vsn == one.vsn; });
    if (!is_there)
      removed.push_back(value(one.vsn));
  }
  boost::json::object body{{"ok", true}};
  if (!removed.empty())
    body["removed"] = std::move(removed);
  return {200, std::move(body)};
}

}  // namespace instar::release_handler
