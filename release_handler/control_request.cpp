#include "release_handler/control_request.hpp"

#include "module/bytes_text.hpp"

#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace instar::release_handler {
namespace {

int hex_digit(char digit) {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  if (digit >= 'a' && digit <= 'f')
    return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F')
    return digit - 'A' + 10;
  return -1;
}

bool is_unreserved(char one) {
  return (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') ||
         (one >= '0' && one <= '9') || one == '-' || one == '.' || one == '_' ||
         one == '~';
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char one) {
    return static_cast<unsigned char>(one) < 0x20 || one == 0x7f;
  });
}

/// Each segment decoded by itself: an encoded slash would make two of one.
std::optional<std::string> decoded_path(std::string_view path) {
  std::string decoded;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    const auto segment = percent_decoded(path.substr(0, end));
    if (!segment || segment->find('/') != std::string::npos ||
        has_control_character(*segment) || !instar::detail::is_utf8(*segment))
      return std::nullopt;
    decoded += '/';
    decoded += *segment;
    path.remove_prefix(end);
  }
  return decoded;
}

std::optional<std::map<std::string, std::string>> decoded_query(
    std::string_view text) {
  std::map<std::string, std::string> query;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    std::string part(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty())
      continue;
    std::replace(part.begin(), part.end(), '+', ' ');
    const auto equals = std::min(part.find('='), part.size());
    const auto key = percent_decoded(part.substr(0, equals));
    const auto content =
        percent_decoded(part.substr(std::min(equals + 1, part.size())));
    if (!key || !content || !instar::detail::is_utf8(*key) ||
        !instar::detail::is_utf8(*content) ||
        !query.emplace(*key, *content).second)
      return std::nullopt;
  }
  return query;
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (text.size() - i < 3)
      return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0)
      return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char one : text) {
    if (is_unreserved(one)) {
      encoded += one;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(one));
    }
  }
  return encoded;
}

api_response error_response(int status, std::string_view tag,
                            std::string_view message) {
  return {status, {{"error", {{"tag", tag}, {"message", message}}}}};
}

std::variant<api_request, api_response> to_api_request(std::string_view method,
                                                       std::string_view target,
                                                       std::string_view body) {
  if (method != "GET" && method != "POST") {
    return error_response(
        405, "method_not_allowed",
        fmt::format("{}: only GET and POST are known here", method));
  }
  const auto question = std::min(target.find('?'), target.size());
  api_request request;
  request.method = method;
  request.body = boost::json::object();
  auto decoded = target.starts_with('/')
                     ? decoded_path(target.substr(0, question))
                     : std::nullopt;
  auto query =
      decoded_query(target.substr(std::min(question + 1, target.size())));
  if (!decoded || !query) {
    return error_response(
        400, "bad_request",
        "the request's target is no /path?key=value, encoded as URLs are, each "
        "key once");
  }
  request.path = std::move(*decoded);
  request.query = std::move(*query);
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return request;

  boost::json::parse_options options;
  options.max_depth = control_body_depth;
  boost::system::error_code error;
  auto parsed = boost::json::parse(body, error, {}, options);
  if (error || !parsed.is_object()) {
    return error_response(
        400, "bad_request",
        error ? fmt::format("the body is no JSON: {}", error.message())
              : std::string("the body is no JSON object"));
  }
  request.body = std::move(parsed);
  return request;
}

}  // namespace instar::release_handler
