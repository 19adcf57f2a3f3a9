#include "runtime/system_event.hpp"

#include "module/type_walk.hpp"
#include "runtime/external_calls.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

namespace instar {
namespace {

std::string_view kind_name(message_kind kind) {
  switch (kind) {
    case message_kind::call:
      return "call";
    case message_kind::cast:
      return "cast";
    case message_kind::continuation:
      return "continue";
    default:
      return "info";
  }
}

/// Null for one from outside of any process.
value peer_of(pid process) {
  return process && process != external_pid ? value(to_string(process))
                                            : value();
}

std::string text_of(const value& event, std::string_view key) {
  const auto* found = event.as_object().if_contains(key);
  return found == nullptr ? std::string() : boost::json::serialize(*found);
}

/// ` from 0.5.1`; nothing where it is from outside.
std::string peer_text(const value& event, const char* key) {
  const auto* found = event.as_object().if_contains(key);
  if (found == nullptr || !found->is_string())
    return {};
  return fmt::format(" {} {}", key, std::string_view(found->get_string()));
}

}  // namespace

std::string_view to_string(system_event_kind kind) {
  constexpr std::string_view names[] = {
      "in",       "out",     "noreply",     "continue",
      "postpone", "consume", "start_timer", "insert_timeout",
      "enter",    "module",  "terminate"};
  return names[static_cast<std::size_t>(kind)];
}

value to_value(const system_event& event) {
  boost::json::object made{{"event", to_string(event.kind)}};
  const auto* content = event.content;
  const bool is_reply = event.kind == system_event_kind::out;
  if (content != nullptr) {
    auto fields = content->type == nullptr
                      ? value()
                      : to_value(*content->type, content->payload());
    if (is_reply) {
      made["message"] = std::move(fields);
    } else {
      made["kind"] = kind_name(content->kind);
      made["message"] = boost::json::object{
          {content->key == nullptr ? "?" : content->key->name,
           std::move(fields)}};
    }
  }
  if (is_reply) {
    made["to"] = peer_of(event.peer);
  } else if (event.kind == system_event_kind::in) {
    made["from"] = peer_of(event.peer);
  }
  if (const auto* more = event.detail.if_object()) {
    for (const auto& [key, item] : *more)
      made[key] = item;
  }
  return made;
}

std::string event_line(std::string_view process, const value& event) {
  const auto& object = event.as_object();
  const std::string_view what = object.at("event").as_string();
  if (what == "in" || what == "continue") {
    return fmt::format("*DBG* {} got {} {}{}", process,
                       object.contains("kind")
                           ? std::string_view(object.at("kind").as_string())
                           : what,
                       text_of(event, "message"), peer_text(event, "from"));
  }
  if (what == "out") {
    return fmt::format("*DBG* {} sent {}{}", process, text_of(event, "message"),
                       peer_text(event, "to"));
  }
  auto rest = object;
  rest.erase("event");
  return fmt::format("*DBG* {} {}{}{}", process, what, rest.empty() ? "" : " ",
                     rest.empty() ? "" : boost::json::serialize(rest));
}

}  // namespace instar
