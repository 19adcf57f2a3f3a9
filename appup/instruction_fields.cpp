#include "appup/instruction_fields.hpp"

#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <string>

namespace instar::appup {
namespace {

// As Erlang's greatest timeout: 49 days. More would overflow a deadline.
constexpr std::int64_t greatest_timeout_ms =
    std::numeric_limits<std::uint32_t>::max();

bool is_function_name(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (text.empty() || !is_letter(text.front()))
    return false;
  for (const char c : text) {
    if (!is_letter(c) && !(c >= '0' && c <= '9'))
      return false;
  }
  return true;
}

}  // namespace

bool check_arguments(const instruction_source& from, key_list known,
                     std::initializer_list<std::string_view> required,
                     collector& to, std::string_view why) {
  const auto name = from.keyword.text();
  if (!check_keys(from.argument, known, name, errc::bad_instruction, to)) {
    return false;
  }
  bool complete = true;
  for (const auto key : required) {
    if (from.argument.find(key))
      continue;
    complete = false;
    to.error(from.keyword, errc::bad_instruction,
             fmt::format("{} needs the key \"{}\"{}", name, key, why));
  }
  return complete;
}

std::optional<node> named_argument(const instruction_source& from,
                                   std::string_view key) {
  if (!from.argument.is_map())
    return from.argument;
  return from.argument.find(key);
}

purge_method read_purge(const node& argument, std::string_view key,
                        collector& to) {
  const auto given = argument.find(key);
  if (!given)
    return purge_method::brutal_purge;
  if (given->is_string() && given->text() == "soft_purge") {
    return purge_method::soft_purge;
  }
  if (!given->is_string() || given->text() != "brutal_purge") {
    constexpr std::string_view known[]{"soft_purge", "brutal_purge"};
    to.error(*given, errc::bad_purge_method,
             fmt::format("{} must be soft_purge or brutal_purge, not {}{}", key,
                         given->described(),
                         did_you_mean(given->text(), key_list(known))));
  }
  return purge_method::brutal_purge;
}

suspend_timeout read_timeout(const node& from, collector& to) {
  if (from.is_string() && from.text() == "default")
    return default_timeout{true};
  if (from.is_string() && from.text() == "infinity")
    return infinite_timeout{};
  if (from.kind() == node_kind::integer && from.integer() > 0 &&
      from.integer() <= greatest_timeout_ms) {
    return std::chrono::milliseconds(from.integer());
  }
  to.error(from, errc::bad_timeout,
           fmt::format("a timeout is default, infinity or milliseconds from 1 "
                       "to {}, not {}",
                       greatest_timeout_ms, from.described()));
  return default_timeout{};
}

std::optional<start_type> read_start_type(const node& from, errc tag,
                                          collector& to) {
  constexpr std::string_view known[]{"permanent", "transient", "temporary",
                                     "load", "none"};
  if (from.is_string()) {
    for (std::size_t i = 0; i < std::size(known); ++i) {
      if (from.text() == known[i])
        return static_cast<start_type>(i);
    }
  }
  to.error(from, tag,
           fmt::format("a start type is permanent, transient, temporary, load "
                       "or none, not {}{}",
                       from.described(),
                       did_you_mean(from.text(), key_list(known))));
  return std::nullopt;
}

std::optional<mfa> read_mfa(const node& from, std::string_view what, errc shape,
                            collector& to) {
  mfa call;
  const auto before = to.size();
  const auto module = from.find("module");
  const auto function = from.find("function");
  const auto args = from.find("args");
  if (!module || !function || !args) {
    to.error(from, shape,
             fmt::format("{} needs the key \"{}\"", what,
                         !module     ? "module"
                         : !function ? "function"
                                     : "args"));
    return std::nullopt;
  }
  if (auto name = read_name(*module, "a module", errc::bad_module, to)) {
    call.module = std::move(*name);
  }
  if (function->is_string() && is_function_name(function->text())) {
    call.function = function->text();
  } else {
    to.error(*function, errc::bad_func,
             fmt::format("{} is no name of a function", function->described()));
  }
  if (args->is_sequence()) {
    call.args = args->to_value().as_array();
  } else {
    to.error(*args, errc::bad_args_list,
             fmt::format("args must be a list, not {}", args->described()));
  }
  if (to.size() != before)
    return std::nullopt;
  return call;
}

}  // namespace instar::appup
