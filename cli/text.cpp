#include "cli/text.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

namespace instar::cli {
namespace {

void write_pretty(const value& shown, std::size_t indent, std::string& out) {
  const std::string space(indent + 2, ' ');
  const auto* list = shown.if_array();
  const auto* fields = shown.if_object();
  if (list != nullptr && !list->empty()) {
    std::string separator = "[\n";
    for (const auto& one : *list) {
      out += separator + space;
      write_pretty(one, indent + 2, out);
      separator = ",\n";
    }
    out += '\n' + std::string(indent, ' ') + ']';
  } else if (fields != nullptr && !fields->empty()) {
    std::string separator = "{\n";
    for (const auto& [key, content] : *fields) {
      out += separator + space + boost::json::serialize(key) + ": ";
      write_pretty(content, indent + 2, out);
      separator = ",\n";
    }
    out += '\n' + std::string(indent, ' ') + '}';
  } else {
    out += boost::json::serialize(shown);
  }
}

}  // namespace

std::string printable(std::string_view text, bool keep_newlines) {
  std::string shown(text);
  for (auto& one : shown) {
    const auto code = static_cast<unsigned char>(one);
    const bool kept = keep_newlines && (one == '\n' || one == '\t');
    if ((code < 0x20 && !kept) || code == 0x7f)
      one = '?';
  }
  // The control characters of Latin-1, as UTF-8: some terminals obey them.
  for (std::size_t i = 0; i + 1 < shown.size(); ++i) {
    if (shown[i] == '\xc2' && static_cast<unsigned char>(shown[i + 1]) < 0xa0)
      shown.replace(i, 2, "?");
  }
  return shown;
}

std::string to_text(const value& shown) {
  switch (shown.kind()) {
    case boost::json::kind::null:
      return "-";
    case boost::json::kind::bool_:
      return shown.get_bool() ? "yes" : "no";
    case boost::json::kind::string:
      return printable({shown.get_string().data(), shown.get_string().size()});
    case boost::json::kind::array: {
      std::string text;
      for (const auto& one : shown.get_array())
        text += (text.empty() ? "" : ", ") + to_text(one);
      return text.empty() ? "-" : text;
    }
    default:
      return printable(boost::json::serialize(shown));
  }
}

std::string field(const boost::json::object& of, std::string_view key) {
  const auto* found = of.if_contains({key.data(), key.size()});
  return found == nullptr ? "-" : to_text(*found);
}

std::int64_t number(const boost::json::object& of, std::string_view key) {
  const auto* found = of.if_contains({key.data(), key.size()});
  if (found == nullptr || !found->is_number())
    return 0;
  boost::system::error_code error;
  const auto converted = found->to_number<std::int64_t>(error);
  return error ? 0 : converted;
}

const boost::json::object& fields_of(const boost::json::object& body,
                                     std::string_view key) {
  static const boost::json::object none;
  const auto* found = body.if_contains({key.data(), key.size()});
  const auto* fields = found == nullptr ? nullptr : found->if_object();
  return fields == nullptr ? none : *fields;
}

const boost::json::array& list_of(const boost::json::object& body,
                                  std::string_view key) {
  static const boost::json::array none;
  const auto* found = body.if_contains({key.data(), key.size()});
  const auto* list = found == nullptr ? nullptr : found->if_array();
  return list == nullptr ? none : *list;
}

std::string pretty(const value& shown) {
  std::string text;
  write_pretty(shown, 0, text);
  return text;
}

std::string to_text(std::chrono::microseconds time) {
  const auto us = time.count();
  if (us < 1000)
    return fmt::format("{} us", us);
  if (us < 1'000'000)
    return fmt::format("{:.1f} ms", static_cast<double>(us) / 1e3);
  return fmt::format("{:.2f} s", static_cast<double>(us) / 1e6);
}

std::string uptime(std::chrono::milliseconds time) {
  const auto seconds = time.count() / 1000;
  const auto days = seconds / 86400;
  const auto clock = fmt::format("{}:{:02}:{:02}", seconds / 3600 % 24,
                                 seconds / 60 % 60, seconds % 60);
  if (days == 0)
    return clock;
  return fmt::format("{} day{} {}", days, days == 1 ? "" : "s", clock);
}

std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  for (const char one : text)
    columns += (static_cast<unsigned char>(one) & 0xc0U) == 0x80U ? 0U : 1U;
  return columns;
}

}  // namespace instar::cli
