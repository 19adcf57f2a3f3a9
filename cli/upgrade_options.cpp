#include "cli/upgrade_options.hpp"

#include "cli/plan_report.hpp"
#include "cli/text.hpp"
#include "cli/upgrade_report.hpp"

#include <fmt/format.h>

#include <utility>

namespace instar::cli {
namespace {

/// `a restart would start 1.0: ...`, or nothing where the node does not say.
std::string after_restart(const session& with) {
  node_request request;
  request.target = "/v1/status";
  const auto answer = ask_node(with.at, request, [](const auto&) {});
  if (!answer)
    return {};
  const auto& body = answer->body.get_object();
  const auto permanent = field(body, "permanent");
  const auto running = field(body, "vsn");
  if (permanent == "-")
    return {};
  if (permanent == running)
    return fmt::format("a restart would start {}\n", permanent);
  return fmt::format(
      "a restart would start {}, until `instar release commit {}`\n", permanent,
      running);
}

}  // namespace

void add_upgrade_options(CLI::App& verb, upgrade_options& into) {
  verb.add_flag("--allow-irreversible", into.allow_irreversible,
                "Also with effects that have no exact undo");
  verb.add_flag_callback(
      "--rehearse", [&into] { into.rehearse = true; },
      "First convert every live state into one that is thrown away, pausing "
      "nobody, and refuse where that fails");
  verb.add_flag_callback(
      "--no-rehearse", [&into] { into.rehearse = false; },
      "Of check and --dry-run: do not rehearse");
  verb.add_flag("--round-trip", into.round_trip,
                "Rehearse up and down again, and compare");
  verb.add_flag("--isolated", into.isolated,
                "Rehearse in a forked child: a conversion may crash or hang");
  add_wait_options(verb, into);
}

void add_wait_options(CLI::App& verb, upgrade_options& into) {
  add_duration(verb, "--timeout", into.timeout_ms,
               "How long to wait for a process to be quiet, where neither it "
               "nor the relup says (5s)");
  verb.add_option("--when-busy", into.when_busy,
                  "What becomes of it where somebody is not quiet in time: "
                  "abort (nothing is touched), wait (until it is cancelled), "
                  "restart (who is in the way is killed, and its supervisor "
                  "restarts it)")
      ->check(CLI::IsMember({"abort", "wait", "restart"}));
  verb.add_flag(
      "--force", into.force,
      "Kill who is not quiet in time, whatever processes and the relup "
      "say");
  add_duration(verb, "--hold", into.hold_ms,
               "How long one attempt may hold clients");
  add_duration(verb, "--convert-timeout", into.convert_timeout_ms,
               "How long a conversion may take, where neither its process nor "
               "the relup says (5s)");
  verb.add_option("--memory-limit", into.memory_limit_bytes,
                  "What the conversions of a batch may allocate: bytes, or "
                  "with KiB, MiB, GiB")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::PositiveNumber);
}

boost::json::object to_body(const upgrade_options& options) {
  boost::json::object body;
  if (options.allow_irreversible)
    body["allow_irreversible"] = true;
  if (options.dry_run)
    body["dry_run"] = true;
  if (options.rehearse)
    body["rehearse"] = *options.rehearse;
  if (options.round_trip)
    body["round_trip"] = true;
  if (options.isolated)
    body["isolated"] = true;
  if (options.force)
    body["force"] = true;
  if (options.wait)
    body["wait"] = true;
  if (!options.when_busy.empty())
    body["when_busy"] = options.when_busy;
  if (options.timeout_ms)
    body["timeout_ms"] = *options.timeout_ms;
  if (options.hold_ms)
    body["hold_ms"] = *options.hold_ms;
  if (options.convert_timeout_ms)
    body["convert_timeout_ms"] = *options.convert_timeout_ms;
  if (options.memory_limit_bytes)
    body["memory_limit"] = *options.memory_limit_bytes;
  return body;
}

exit_code ask_upgrade(const session& with, const std::string& target,
                      boost::json::object body) {
  question what;
  what.request = {"POST", target, std::move(body), true, true, std::nullopt};
  what.kind = request_kind::upgrade;
  what.show = [&with](const boost::json::object& answer) {
    if (!answer.contains("outcome"))
      return plan_report(answer);
    const auto* ok = answer.if_contains("ok");
    const bool has_changed = ok != nullptr && *ok == true;
    return upgrade_report(answer) +
           (has_changed ? after_restart(with) : std::string());
  };
  return ask(with, std::move(what));
}

exit_code ask_code_upgrade(const session& with, boost::json::object body) {
  question what;
  what.request = {"POST", "/v1/code/upgrade", std::move(body), true,
                  true,   std::nullopt};
  what.kind = request_kind::upgrade;
  what.show = upgrade_report;
  return ask(with, std::move(what));
}

}  // namespace instar::cli
