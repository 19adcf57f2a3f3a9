// Reading a control request's body, and the answers that requests share. Private to
// the API of a node.
#pragma once

#include "appup/diagnostic.hpp"
#include "release_handler/node_api.hpp"
#include "runtime/errors.hpp"

#include <fmt/format.h>
#include <pwd.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace instar::release_handler {

inline api_response error_response(const failure& why) {
  return {http_status_of(why), error_body(why)};
}
inline api_response not_found(const api_request& request) {
  return error_response(
      failure(instar::errc::not_found,
              "no such resource: " + request.method + " " + request.path));
}

/// Reads one option of a request's body. A wrong type is an error, an absent one is
/// the default.
class body_reader {
public:
  explicit body_reader(const value& body) {
    if (const auto* object = body.if_object())
      object_ = *object;
  }

  bool flag(const char* key, bool otherwise = false) {
    const auto* item = take(key);
    if (item == nullptr)
      return otherwise;
    if (!item->is_bool())
      wrong(key, "true or false");
    return item->is_bool() && item->get_bool();
  }
  std::optional<std::string> text(const char* key) {
    const auto* item = take(key);
    if (item == nullptr || item->is_null())
      return std::nullopt;
    if (!item->is_string()) {
      wrong(key, "a string");
      return std::nullopt;
    }
    return std::string(item->get_string());
  }
  std::optional<duration> milliseconds(const char* key) {
    const auto* item = take(key);
    if (item == nullptr || item->is_null())
      return std::nullopt;
    if (!item->is_int64() || item->get_int64() <= 0 ||
        item->get_int64() > 86'400'000) {
      wrong(key, "milliseconds from 1 to 86400000");
      return std::nullopt;
    }
    return std::chrono::milliseconds(item->get_int64());
  }
  std::optional<std::size_t> bytes(const char* key) {
    const auto* item = take(key);
    if (item == nullptr || item->is_null())
      return std::nullopt;
    if (!item->is_int64() || item->get_int64() <= 0) {
      wrong(key, "a number of bytes");
      return std::nullopt;
    }
    return static_cast<std::size_t>(item->get_int64());
  }
  /// The first choice where nothing is said.
  template <class Choice>
  Choice one_of(
      const char* key,
      std::initializer_list<std::pair<std::string_view, Choice>> choices) {
    const auto said = text(key);
    std::string known;
    for (const auto& [name, choice] : choices) {
      if (!said || *said == name)
        return choice;
      known += (known.empty() ? "" : ", ") + std::string(name);
    }
    wrong(key, ("one of " + known).c_str());
    return choices.begin()->second;
  }
  value any(const char* key) {
    const auto* item = take(key);
    return item == nullptr ? value() : *item;
  }
  /// After the last option has been read.
  result<> check() const {
    if (!problem_.empty())
      return failure(instar::errc::badarg, problem_);
    for (const auto& [key, item] : object_) {
      if (std::find(known_.begin(), known_.end(), key) != known_.end())
        continue;
      return failure(
          instar::errc::badarg,
          fmt::format("unknown option \"{}\"{}", std::string_view(key),
                      appup::did_you_mean(key, known_)));
    }
    return {};
  }

private:
  const value* take(const char* key) {
    known_.emplace_back(key);
    return object_.if_contains(key);
  }
  void wrong(const char* key, const char* expected) {
    problem_ = fmt::format("\"{}\" must be {}", key, expected);
  }
  boost::json::object object_;
  std::vector<std::string_view> known_;
  std::string problem_;
};

/// What a request does not say is as the node has it. A check rehearses where it is
/// not told otherwise.
inline install_options read_install_options(body_reader& body,
                                            const node_api_parts& of,
                                            bool is_check = false) {
  install_options options;
  options.hold = of.hold;
  options.memory_limit_bytes = of.memory_limit_bytes;
  options.allow_irreversible = body.flag("allow_irreversible");
  options.suspend_timeout = body.milliseconds("timeout_ms");
  options.rehearse = body.flag("rehearse", is_check);
  options.round_trip = body.flag("round_trip");
  options.isolated = body.flag("isolated");
  // Either is a rehearsal.
  options.rehearse = options.rehearse || options.round_trip || options.isolated;
  options.when_busy = body.one_of<busy_policy>(
      "when_busy", {{"abort", busy_policy::abort},
                    {"wait", busy_policy::wait},
                    {"restart", busy_policy::restart}});
  options.force = body.flag("force");
  if (const auto hold = body.milliseconds("hold_ms"))
    options.hold = *hold;
  if (const auto timeout = body.milliseconds("convert_timeout_ms"))
    options.code_change_timeout = *timeout;
  if (const auto limit = body.bytes("memory_limit"))
    options.memory_limit_bytes = *limit;
  return options;
}

inline requester requester_of(const api_request& request) {
  if (!request.who.empty())
    return {request.who};
  const auto* user = ::getpwuid(request.uid);
  return {user == nullptr ? fmt::format("uid {}", request.uid)
                          : std::string(user->pw_name)};
}

inline api_response report_response(const install_report& report) {
  if (report.ok())
    return {200, to_json(report)};
  const int status = report.error ? http_status_of(*report.error) : 500;
  return {status, to_json(report)};
}

inline api_response check_response(const result<check_report>& report) {
  if (!report)
    return error_response(report.error());
  return {report->ok() ? 200 : 409, to_json(*report)};
}

inline api_response answer(const result<value>& from) {
  if (!from)
    return error_response(from.error());
  return {200, boost::json::object{{"value", *from}}};
}
inline api_response done(const result<>& from) {
  if (!from)
    return error_response(from.error());
  return {200, boost::json::object{{"ok", true}}};
}

}  // namespace instar::release_handler
