#include "cli/arguments.hpp"

#include "base/names.hpp"
#include "release_handler/control_request.hpp"

#include <boost/json/parse.hpp>

#include <map>
#include <utility>

namespace instar::cli {
namespace {

constexpr const char* shared_options =
    "\n\nBefore or after every verb: --node SOCKET (or INSTAR_NODE), --json, "
    "--events, --quiet";

std::string indented(const std::string& lines) {
  std::string text = "  ";
  for (const char one : lines) {
    text += one;
    if (one == '\n')
      text += "  ";
  }
  return text;
}

boost::json::parse_options json_options() {
  boost::json::parse_options options;
  options.max_depth = release_handler::control_body_depth - 1;
  return options;
}

}  // namespace

CLI::App& add_verb(CLI::App& parent, const std::string& name,
                   const std::string& description, const std::string& example) {
  auto& verb = *parent.add_subcommand(name, description);
  verb.fallthrough();
  verb.footer("\nExample:\n" + indented(example) + shared_options);
  return verb;
}

CLI::App& add_group(CLI::App& parent, const std::string& name,
                    const std::string& description) {
  auto& group = *parent.add_subcommand(name, description);
  group.fallthrough();
  group.require_subcommand(1);
  return group;
}

void on(CLI::App& verb, session& with, std::function<exit_code()> action) {
  verb.callback([&with, action = std::move(action)] { with.action = action; });
}

CLI::Option& add_vsn(CLI::App& verb, std::string& into) {
  auto& option = *verb.add_option("VSN", into, "The release's version");
  option.required();
  option.check(CLI::Validator(
      [](const std::string& text) {
        return is_valid_vsn(text) ? std::string()
                                  : '"' + text + "\" cannot be a version";
      },
      ""));
  return option;
}

CLI::Option& add_process(CLI::App& verb, std::string& into) {
  return *verb.add_option("NAME", into, "The process, by name or pid (0.N.S)")
              ->required();
}

CLI::Option& require_json(CLI::Option& option) {
  option.check(CLI::Validator(
      [](const std::string& text) {
        boost::system::error_code error;
        boost::json::parse(text, error, {}, json_options());
        return error ? "is no JSON (" + error.message() + "): " + text
                     : std::string();
      },
      "JSON"));
  return option;
}

value json_of(const std::string& text) {
  return boost::json::parse(text, {}, json_options());
}

CLI::Option& add_duration(CLI::App& verb, const std::string& name,
                          std::optional<std::int64_t>& into_ms,
                          const std::string& description) {
  const std::map<std::string, std::int64_t> units{
      {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
  auto& option = *verb.add_option_function<std::int64_t>(
      name, [&into_ms](const std::int64_t& ms) { into_ms = ms; }, description);
  CLI::AsNumberWithUnit number(units, CLI::AsNumberWithUnit::CASE_SENSITIVE,
                               "TIME");
  number.description("");
  CLI::Range range(std::int64_t{1}, std::int64_t{86'400'000});
  range.description("");
  option.transform(number);
  option.check(range);
  option.type_name("TIME");
  return option;
}

}  // namespace instar::cli
