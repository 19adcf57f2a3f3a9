// app.yaml.
#include "appup/form.hpp"
#include "appup/manifest.hpp"
#include "appup/reader.hpp"

#include <fmt/format.h>

#include <utility>

namespace instar::appup {
namespace {

constexpr errc shape = errc::error_reading;

constexpr std::string_view app_keys[]{"format",
                                      "application",
                                      "vsn",
                                      "description",
                                      "modules",
                                      "registered",
                                      "applications",
                                      "optional_applications",
                                      "included_applications",
                                      "start_phases",
                                      "shared_libraries",
                                      "mod",
                                      "env"};

// An empty value (`modules:`) is as good as none.
std::optional<node> given(const node& root, std::string_view key) {
  auto found = root.find(key);
  if (found && found->is_null())
    found.reset();
  return found;
}

std::vector<std::string> names(const node& root, std::string_view key,
                               std::string_view what,
                               std::vector<text_position>* at, collector& to) {
  const auto list = given(root, key);
  if (!list)
    return {};
  return read_names(*list, what, shape, shape, to, at);
}

// Each item by `read_one`, which returns an optional.
template <class Read>
auto items(const node& root, std::string_view key, collector& to,
           Read read_one) {
  std::vector<typename std::invoke_result_t<Read, node>::value_type> all;
  const auto list = given(root, key);
  if (!list)
    return all;
  if (!list->is_sequence()) {
    to.error(*list, shape,
             fmt::format("{} must be a list, not {}{}", key, list->described(),
                         list_advice(*list)));
    return all;
  }
  for (const auto& item : list->children()) {
    if (auto one = read_one(item))
      all.push_back(std::move(*one));
  }
  return all;
}

std::optional<std::string> read_library(const node& item, collector& to) {
  auto text = read_text(item, "a shared library", shape, to);
  if (!text)
    return text;
  const path file(*text);
  bool leaves = file.is_absolute();
  for (const auto& part : file)
    leaves = leaves || part == "..";
  if (!leaves)
    return text;
  to.error(item, shape,
           fmt::format("{} leaves the application's folder", item.described()));
  return std::nullopt;
}

// `{NAME: ARGS}` or `{name: NAME, args: ARGS}`.
std::optional<start_phase> read_phase(const node& item, collector& to) {
  const auto name = item.find("name");
  const auto args = item.find("args");
  const auto members = item.is_map() ? item.children() : std::vector<node>{};
  start_phase phase;
  if (name && args && members.size() == 4) {
    if (auto read = read_text(*name, "a start phase", shape, to)) {
      phase.name = std::move(*read);
      phase.args = args->to_value();
      return phase;
    }
    return std::nullopt;
  }
  if (members.size() == 2 && !members[0].text().empty()) {
    phase.name = members[0].text();
    phase.args = members[1].to_value();
    return phase;
  }
  to.error(
      item, shape,
      fmt::format("a start phase is {{NAME: ARGS}}, not {}", item.described()));
  return std::nullopt;
}

std::optional<app_mod> read_mod(const node& from, collector& to) {
  constexpr std::string_view keys[]{"module", "args"};
  app_mod mod;
  mod.args = boost::json::object();
  auto module = std::optional(from);
  if (from.is_map()) {
    check_keys(from, keys, "mod", shape, to);
    module = require_key(from, "module", keys, "mod", from, shape, to);
    if (const auto args = from.find("args"))
      mod.args = args->to_value();
  }
  auto name = module ? read_name(*module, "a module", shape, to) : std::nullopt;
  if (!name)
    return std::nullopt;
  mod.module = std::move(*name);
  return mod;
}

void read_into(const node& root, app_manifest& into, collector& to) {
  auto& spec = into.spec;
  const auto require = [&](std::string_view key) {
    return require_key(root, key, app_keys, "the application", root, shape, to);
  };
  if (const auto name = require("application")) {
    into.application_at = name->at();
    if (auto read = read_name(*name, "an application", shape, to)) {
      spec.application = std::move(*read);
    }
  }
  if (const auto vsn = require("vsn")) {
    into.vsn_at = vsn->at();
    if (auto read = read_vsn(*vsn, "vsn", shape, to)) {
      spec.vsn = std::move(*read);
    }
  }
  if (const auto text = given(root, "description")) {
    if (text->is_string()) {
      spec.description = text->text();
    } else {
      to.error(*text, shape,
               fmt::format("the description must be a string, not {}",
                           text->described()));
    }
  }
  const auto before = to.size();
  spec.modules = names(root, "modules", "a module", &into.modules_at, to);
  // A misspelt `modules` hides them as well.
  into.has_all_modules =
      to.size() == before && (to.empty() || root.find("modules"));
  spec.registered = items(root, "registered", to, [&](const node& item) {
    auto name = read_text(item, "a registered name", shape, to);
    if (name)
      into.registered_at.push_back(item.at());
    return name;
  });
  constexpr std::string_view application = "an application";
  spec.applications =
      names(root, "applications", application, &into.applications_at, to);
  spec.optional_applications =
      names(root, "optional_applications", application, nullptr, to);
  spec.included_applications =
      names(root, "included_applications", application, &into.included_at, to);
  spec.shared_libraries =
      items(root, "shared_libraries", to,
            [&](const node& item) { return read_library(item, to); });
  spec.start_phases = items(root, "start_phases", to, [&](const node& item) {
    return read_phase(item, to);
  });
  if (const auto mod = given(root, "mod"))
    spec.mod = read_mod(*mod, to);
  if (const auto env = given(root, "env")) {
    if (env->is_map()) {
      spec.env = env->to_value().as_object();
    } else {
      to.error(*env, shape,
               fmt::format("env must be a map, not {}", env->described()));
    }
  }
}

}  // namespace

manifest_answer<app_manifest> read_app_manifest(file_system& files,
                                                const path& file) {
  auto [document, errors] = read_document(files, file, shape);
  if (!document)
    return {std::nullopt, std::move(errors)};
  const auto root = document->root();
  app_manifest manifest;
  manifest.where = root.where();
  collector found;
  check_keys(root, app_keys, "an application", shape, found);
  if (root.is_map()) {
    check_format(root, shape, found);
    read_into(root, manifest, found);
  }
  if (!root.is_map())
    return {std::nullopt, found.take()};
  return {std::move(manifest), found.take()};
}

result<app_spec> read_app(file_system& files, const path& file) {
  auto answer = read_app_manifest(files, file);
  if (!answer.ok())
    return to_failure(answer.errors);
  return std::move(answer.read->spec);
}

}  // namespace instar::appup
