// relup.yaml as text: one instruction per line, so that two relups can be
// compared with diff.
#include "appup/reader.hpp"
#include "appup/relup_maker.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <string>

namespace instar::appup {
namespace {

// Escapes may make it four times as long; the limit is 1024 characters.
constexpr std::size_t simple_key_limit_bytes = 200;

// A YAML string in double quotes. All that is not printable ASCII or plain
// UTF-8 is escaped; line separators too, which some readers take for line ends.
void write_string(std::string_view text, std::string& to) {
  to += '"';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\') {
      to += '\\';
      to += text[i];
    } else if (c < 0x20 || c == 0x7F) {
      fmt::format_to(std::back_inserter(to), "\\x{:02X}", c);
    } else {
      to += text[i];
    }
  }
  to += '"';
}

void write_real(double number, std::string& to) {
  if (std::isnan(number)) {
    to += ".nan";
  } else if (std::isinf(number)) {
    to += number < 0 ? "-.inf" : ".inf";
  } else {
    auto text = fmt::format("{}", number);
    if (text.find_first_of(".e") == std::string::npos)
      text += ".0";
    to += text;
  }
}

void write_value(const value& from, std::string& to) {
  switch (from.kind()) {
    case boost::json::kind::null:
      to += "null";
      break;
    case boost::json::kind::bool_:
      to += from.get_bool() ? "true" : "false";
      break;
    case boost::json::kind::int64:
      fmt::format_to(std::back_inserter(to), "{}", from.get_int64());
      break;
    case boost::json::kind::uint64:
      fmt::format_to(std::back_inserter(to), "{}", from.get_uint64());
      break;
    case boost::json::kind::double_:
      write_real(from.get_double(), to);
      break;
    case boost::json::kind::string:
      write_string(from.get_string(), to);
      break;
    case boost::json::kind::array: {
      to += '[';
      const char* between = "";
      for (const auto& item : from.get_array()) {
        to += between;
        write_value(item, to);
        between = ", ";
      }
      to += ']';
      break;
    }
    case boost::json::kind::object: {
      to += '{';
      const char* between = "";
      for (const auto& [key, item] : from.get_object()) {
        to += between;
        // YAML finds a key by its colon, and only so far away.
        const bool is_long = key.size() > simple_key_limit_bytes;
        if (is_long)
          to += "? ";
        write_string(key, to);
        to += is_long ? " : " : ": ";
        write_value(item, to);
        between = ", ";
      }
      to += '}';
      break;
    }
  }
}

void write_comment(const explanation& why, std::string& to) {
  for (const auto& line : to_lines(why)) {
    to += "      # ";
    // A file's name may hold anything.
    for (const char c : line)
      to += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
    to += '\n';
  }
}

void write_script(const script& from, const explanations* why,
                  std::string& to) {
  to += "\n    script:";
  if (from.empty())
    to += " []";
  to += '\n';
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (why != nullptr)
      write_comment((*why)[i], to);
    const auto written = to_json(from[i]);
    to += "      - ";
    if (const auto* object = written.if_object()) {
      // Our own keywords need no quotes.
      to += object->begin()->key();
      to += ": ";
      write_value(object->begin()->value(), to);
    } else {
      to += keyword(from[i]);
    }
    to += '\n';
  }
}

void write_via(const std::vector<std::string>& via, std::string& to) {
  to += "\n    via: [";
  const char* between = "";
  for (const auto& vsn : via) {
    to += between;
    write_string(vsn, to);
    between = ", ";
  }
  to += "]\n";
}

void write_entries(const std::vector<relup_entry>& entries,
                   const std::vector<explanations>* why, const char* list,
                   const char* vsn, std::string& to) {
  to += list;
  if (entries.empty()) {
    to += ": []\n";
    return;
  }
  to += ":\n";
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& entry = entries[i];
    to += "  - ";
    to += vsn;
    to += ": ";
    write_string(entry.vsn, to);
    to += "\n    description: ";
    write_string(entry.description, to);
    if (!entry.via.empty()) {
      write_via(entry.via, to);
    } else {
      write_script(entry.script, why == nullptr ? nullptr : &(*why)[i], to);
    }
  }
}

}  // namespace

std::string write_relup(const relup_spec& relup,
                        const relup_explanations* why) {
  std::string text = "vsn: ";
  write_string(relup.vsn, text);
  text += '\n';
  write_entries(relup.up, why == nullptr ? nullptr : &why->up, "up", "from",
                text);
  write_entries(relup.down, why == nullptr ? nullptr : &why->down, "down", "to",
                text);
  return text;
}

}  // namespace instar::appup
