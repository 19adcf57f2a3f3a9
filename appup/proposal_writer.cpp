// A proposed appup as text: each instruction on a line, its reasons above it.
#include "appup/appup_proposal.hpp"

#include <boost/json/object.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

namespace instar::appup {
namespace {

constexpr std::size_t line_width = 80;

/// Names of a file may hold anything, and a comment ends with its line.
std::string printable(std::string_view text) {
  std::string made(text);
  for (auto& c : made) {
    if (static_cast<unsigned char>(c) < 0x20 ||
        static_cast<unsigned char>(c) >= 0x7F) {
      c = '?';
    }
  }
  return made;
}

/// As a comment, broken between words; what follows the first line is indented.
void write_comment(std::string_view text, std::size_t indent, std::string& to) {
  const auto shown = printable(text);
  const auto words = std::string_view(shown);
  std::string line(indent, ' ');
  line += "#";
  const auto start = line.size();
  std::size_t at = 0;
  while (at < words.size()) {
    const auto end = std::min(words.find(' ', at), words.size());
    const auto word = words.substr(at, end - at);
    if (line.size() > start + 2 && line.size() + 1 + word.size() > line_width) {
      to += line + '\n';
      line.resize(start);
      line += "  ";
    }
    line += ' ';
    line += word;
    at = end + 1;
  }
  to += line + '\n';
}

void write_comments(const std::vector<std::string>& reasons,
                    const std::vector<std::string>& decisions,
                    std::size_t indent, std::string& to) {
  for (const auto& one : reasons)
    write_comment(one, indent, to);
  for (const auto& one : decisions)
    write_comment("DECIDE: " + one, indent, to);
}

/// A module's name, in quotes where YAML would take it for something else.
std::string name(const std::string& module) {
  for (const auto* word :
       {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}) {
    if (module == word)
      return '"' + module + '"';
  }
  return module;
}

const char* keyword(proposed_change change) {
  switch (change) {
    case proposed_change::add_module:
      return "add_module";
    case proposed_change::delete_module:
      return "delete_module";
    case proposed_change::load_module:
      return "load_module";
    default:
      return "update";
  }
}

void write_instruction(const proposed_instruction& from, std::string& to) {
  to += "      - ";
  to += keyword(from.change);
  to += ": ";
  std::string more;
  switch (from.change) {
    case proposed_change::advanced_update:
      more = ", change: {advanced: null}";
      break;
    case proposed_change::supervisor_update:
      // In full where it stands with other keys.
      more = from.dep_mods.empty()
                 ? ", change: supervisor"
                 : ", mod_type: static, change: {advanced: []}";
      break;
    default:
      break;
  }
  if (!from.dep_mods.empty()) {
    std::vector<std::string> quoted;
    for (const auto& one : from.dep_mods)
      quoted.push_back(name(one));
    more += fmt::format(", dep_mods: [{}]", fmt::join(quoted, ", "));
  }
  to += more.empty() ? name(from.module)
                     : fmt::format("{{module: {}{}}}", name(from.module), more);
  to += '\n';
}

void write_way(const proposed_way& way, const char* list, const char* key,
               const std::string& vsn, std::string& to) {
  to += fmt::format("{}:\n  - {}: \"{}\"\n", list, key, vsn);
  write_comments({}, way.decisions, 4, to);
  if (way.instructions.empty()) {
    to += "    # no module differs\n    instructions: []\n";
    return;
  }
  to += "    instructions:\n";
  for (const auto& one : way.instructions) {
    write_comments(one.reasons, one.decisions, 6, to);
    write_instruction(one, to);
  }
}

}  // namespace

std::string write_appup(const appup_proposal& proposal) {
  std::string text;
  write_comment(
      fmt::format("{} between {} and {}, as proposed by instar appup generate.",
                  proposal.application, proposal.older_vsn, proposal.vsn),
      0, text);
  for (const auto& one : proposal.notes)
    write_comment(one, 0, text);
  text += fmt::format("vsn: \"{}\"\n", proposal.vsn);
  write_way(proposal.up, "up", "from", proposal.older_vsn, text);
  write_way(proposal.down, "down", "to", proposal.older_vsn, text);
  return text;
}

value to_json(const proposed_instruction& instruction) {
  boost::json::object made{{"module", instruction.module}};
  switch (instruction.change) {
    case proposed_change::advanced_update:
      made["change"] = boost::json::object{{"advanced", nullptr}};
      break;
    case proposed_change::supervisor_update:
      if (instruction.dep_mods.empty()) {
        made["change"] = "supervisor";
      } else {
        made["mod_type"] = "static";
        made["change"] =
            boost::json::object{{"advanced", boost::json::array()}};
      }
      break;
    default:
      break;
  }
  if (!instruction.dep_mods.empty()) {
    made["dep_mods"] = boost::json::array(instruction.dep_mods.begin(),
                                          instruction.dep_mods.end());
  }
  return boost::json::object{{keyword(instruction.change), std::move(made)}};
}

}  // namespace instar::appup
