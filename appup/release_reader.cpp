// release.yaml.
#include "appup/form.hpp"
#include "appup/instruction_reader.hpp"
#include "appup/manifest.hpp"
#include "appup/reader.hpp"

#include <fmt/format.h>

#include <limits>
#include <unordered_map>
#include <utility>

namespace instar::appup {
namespace {

constexpr errc shape = errc::badly_formatted_release;
constexpr errc illegal = errc::illegal_applications;

constexpr std::string_view release_keys[]{
    "format",    "release",         "vsn", "runtime", "applications",
    "probation", "rollback_failure"};

// `NAME: VSN` or `{name, vsn, type, included}`.
std::optional<release_app> read_application(const node& item, collector& to) {
  constexpr std::string_view keys[]{"name", "vsn", "type", "included"};
  const auto members = item.is_map() ? item.children() : std::vector<node>{};
  auto name = item.find("name");
  auto vsn = item.find("vsn");
  release_app app;
  if (members.size() == 2 && !name && !vsn) {
    name = members[0];
    vsn = members[1];
  } else if (!name && !vsn) {
    to.error(item, illegal,
             fmt::format("an application is NAME: \"VSN\" or {{name: NAME, "
                         "vsn: \"VSN\", type: TYPE}}, not {}",
                         item.described()));
    return std::nullopt;
  } else {
    constexpr std::string_view what = "an application";
    check_keys(item, keys, what, illegal, to);
    require_key(item, "name", keys, what, item, illegal, to);
    require_key(item, "vsn", keys, what, item, illegal, to);
  }
  if (name)
    app.name = read_name(*name, "an application", illegal, to).value_or("");
  if (vsn)
    app.vsn = read_vsn(*vsn, "vsn", illegal, to).value_or("");
  if (const auto type = item.find("type"); type && members.size() > 2) {
    if (const auto known = read_start_type(*type, illegal, to)) {
      app.type = *known;
    }
  }
  if (const auto list = item.find("included"); list && members.size() > 2) {
    app.included = read_names(*list, "an application", illegal, illegal, to);
  }
  if (app.name.empty() || app.vsn.empty())
    return std::nullopt;
  return app;
}

void read_applications(const node& list, release_manifest& into,
                       collector& to) {
  if (list.is_null())
    return;
  if (!list.is_sequence()) {
    to.error(list, illegal,
             fmt::format("applications must be a list, not {}{}",
                         list.described(), list_advice(list)));
    return;
  }
  std::unordered_map<std::string, std::uint32_t> lines;
  for (const auto& item : list.children()) {
    auto app = read_application(item, to);
    if (!app)
      continue;
    const auto [first, is_new] = lines.emplace(app->name, item.at().line);
    if (!is_new) {
      to.error(item, illegal,
               fmt::format("the application {} is given twice; the first is in "
                           "line {}",
                           app->name, first->second));
      continue;
    }
    into.spec.applications.push_back(std::move(*app));
    into.applications_at.push_back(item.at());
  }
}

std::optional<std::int64_t> read_count(const node& from, std::string_view key,
                                       collector& to) {
  constexpr std::int64_t greatest = std::numeric_limits<std::int32_t>::max();
  if (from.kind() == node_kind::integer && from.integer() >= 0 &&
      from.integer() <= greatest) {
    return from.integer();
  }
  to.error(from, shape,
           fmt::format("{} must be a whole number from 0 to {}, not {}", key,
                       greatest, from.described()));
  return std::nullopt;
}

void read_health(const node& from, probation_spec& into, collector& to) {
  constexpr std::string_view call_keys[]{"module", "function", "args"};
  const auto command = from.find("command");
  if (!command) {
    if (!check_keys(from, call_keys, "health", shape, to))
      return;
    if (auto call = read_mfa(from, "health", from, shape, to)) {
      into.health = std::move(*call);
    }
    return;
  }
  constexpr std::string_view command_keys[]{"command"};
  check_keys(from, command_keys, "health", shape, to);
  health_command run;
  if (command->is_sequence()) {
    for (const auto& item : command->children()) {
      if (item.is_string()) {
        run.arguments.emplace_back(item.text());
      } else {
        to.error(item, shape,
                 fmt::format("an argument of command must be a string, not {}",
                             item.described()));
      }
    }
  }
  if (!command->is_sequence() || command->children().empty()) {
    to.error(*command, shape,
             fmt::format("command must be a list of a program and its "
                         "arguments, not {}",
                         command->is_sequence() ? "an empty list"
                                                : command->described()));
  }
  into.health = std::move(run);
}

void read_probation(const node& from, release_spec& into, collector& to) {
  constexpr std::string_view keys[]{"seconds", "max_restarts", "health",
                                    "then"};
  check_keys(from, keys, "probation", shape, to);
  if (!from.is_map())
    return;
  probation_spec read;
  if (const auto seconds =
          require_key(from, "seconds", keys, "probation", from, shape, to)) {
    if (const auto count = read_count(*seconds, "seconds", to)) {
      read.seconds = std::chrono::seconds(*count);
    }
  }
  if (const auto most = from.find("max_restarts")) {
    if (const auto count = read_count(*most, "max_restarts", to)) {
      read.max_restarts = static_cast<std::uint32_t>(*count);
    }
  }
  if (const auto health = from.find("health"))
    read_health(*health, read, to);
  if (const auto then = from.find("then")) {
    constexpr std::string_view known[]{"keep", "commit"};
    if (read_word(*then, "then", known, shape, to) == 1U)
      read.then = probation_end::commit;
  }
  into.probation = std::move(read);
}

void read_into(const node& root, release_manifest& into, collector& to) {
  auto& spec = into.spec;
  const auto require = [&](std::string_view key, errc tag) {
    return require_key(root, key, release_keys, "the release", root, tag, to);
  };
  if (const auto name = require("release", errc::illegal_name)) {
    spec.release =
        read_name(*name, "a release", errc::illegal_name, to).value_or("");
  }
  if (const auto vsn = require("vsn", errc::illegal_form)) {
    spec.vsn = read_vsn(*vsn, "vsn", errc::illegal_form, to).value_or("");
  }
  if (const auto runtime = root.find("runtime")) {
    into.runtime_at = runtime->at();
    if (auto read = read_vsn(*runtime, "runtime", errc::illegal_form, to)) {
      spec.runtime = std::move(*read);
    }
  }
  if (const auto list = require("applications", shape)) {
    const auto before = to.size();
    read_applications(*list, into, to);
    into.has_all_applications = to.size() == before;
  }
  if (const auto probation = root.find("probation")) {
    read_probation(*probation, spec, to);
  }
  if (const auto then = root.find("rollback_failure")) {
    constexpr std::string_view known[]{"keep", "restart"};
    if (read_word(*then, "rollback_failure", known, shape, to) == 1U)
      spec.on_rollback_failure = rollback_failure::restart;
  }
}

}  // namespace

manifest_answer<release_manifest> read_release_manifest(file_system& files,
                                                        const path& file) {
  auto [document, errors] = read_document(files, file, shape);
  if (!document)
    return {std::nullopt, std::move(errors)};
  const auto root = document->root();
  release_manifest manifest;
  manifest.where = root.where();
  manifest.runtime_at = root.at();
  collector found;
  check_keys(root, release_keys, "a release", shape, found);
  if (root.is_map()) {
    check_format(root, shape, found);
    read_into(root, manifest, found);
  }
  if (!root.is_map())
    return {std::nullopt, found.take()};
  return {std::move(manifest), found.take()};
}

result<release_spec> read_release(file_system& files, const path& file) {
  auto answer = read_release_manifest(files, file);
  if (!answer.ok())
    return to_failure(answer.errors);
  return std::move(answer.read->spec);
}

}  // namespace instar::appup
