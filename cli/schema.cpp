#include "appup/schema.hpp"

#include "base/text.hpp"
#include "cli/arguments.hpp"
#include "cli/verbs.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

namespace instar::cli {
namespace {

exit_code list(const session& with) {
  boost::json::array names;
  std::string lines;
  for (const auto& one : appup::schemas()) {
    names.emplace_back(one.name);
    lines += fmt::format("{}\n", one.name);
  }
  if (with.json) {
    print_json(names);
  } else {
    print(lines);
  }
  return exit_code::done;
}

/// Empty, or what is wrong with NAME.
std::string check_name(const std::string& name) {
  if (appup::find_schema(name) != nullptr)
    return {};
  std::vector<std::string_view> names;
  for (const auto& one : appup::schemas())
    names.push_back(one.name.substr(0, one.name.find('.')));
  const auto near = nearest(name.substr(0, name.find('.')), names);
  return fmt::format("there is no schema \"{}\"{}", name,
                     near.empty()
                         ? fmt::format("; there are {}", fmt::join(names, ", "))
                         : fmt::format(" (did you mean \"{}\"?)", near));
}

}  // namespace

void add_schema(CLI::App& root, session& with) {
  auto& verb = add_verb(root, "schema",
                        "The JSON Schema of a manifest; without NAME, their "
                        "names",
                        "instar schema appup.yaml > appup.schema.json");
  const auto name = std::make_shared<std::string>();
  verb.add_option("NAME", *name, "app, appup, instar, release or relup")
      ->check(check_name);
  on(verb, with, [&with, name] {
    if (name->empty())
      return list(with);
    print(appup::find_schema(*name)->text);
    return exit_code::done;
  });
}

}  // namespace instar::cli
