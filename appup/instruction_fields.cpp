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
                     collector& to) {
  const auto name = from.keyword.text();
  if (!check_keys(from.argument, known, name, errc::bad_instruction, to)) {
    return false;
  }
  for (const auto key : required) {
    require_key(from.argument, key, known, name, from.keyword,
                errc::bad_instruction, to);
  }
  return true;
}

std::vector<std::string> read_modules(const node& from,
                                      std::vector<text_position>& at,
                                      collector& to) {
  return read_names(from, "a module", errc::bad_list, errc::bad_module, to,
                    &at);
}

std::string read_name_key(const node& map, std::string_view key,
                          std::string_view what, errc tag, text_position& at,
                          collector& to) {
  const auto given = map.find(key);
  if (!given)
    return {};
  at = given->at();
  return read_name(*given, what, tag, to).value_or("");
}

purge_method read_purge(const node& argument, std::string_view key,
                        collector& to) {
  const auto given = argument.find(key);
  if (!given)
    return purge_method::brutal_purge;
  constexpr std::string_view known[]{"soft_purge", "brutal_purge"};
  const auto word = read_word(*given, key, known, errc::bad_purge_method, to);
  return word == 0U ? purge_method::soft_purge : purge_method::brutal_purge;
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
  constexpr std::string_view words[]{"default", "infinity"};
  to.error(from, errc::bad_timeout,
           fmt::format("a timeout is default, infinity or milliseconds from 1 "
                       "to {}, not {}{}",
                       greatest_timeout_ms, from.described(),
                       did_you_mean(from.text(), key_list(words))));
  return default_timeout{};
}

std::optional<busy_policy> read_when_busy(const node& argument, collector& to) {
  const auto given = argument.find("when_busy");
  if (!given)
    return std::nullopt;
  constexpr std::string_view known[]{"abort", "wait", "restart"};
  const auto word =
      read_word(*given, "when_busy", known, errc::bad_when_busy, to);
  if (!word)
    return std::nullopt;
  return static_cast<busy_policy>(*word);
}

std::optional<start_type> read_start_type(const node& from, errc tag,
                                          collector& to) {
  constexpr std::string_view known[]{"permanent", "transient", "temporary",
                                     "load", "none"};
  const auto word = read_word(from, "a start type", known, tag, to);
  if (!word)
    return std::nullopt;
  return static_cast<start_type>(*word);
}

std::optional<mfa> read_mfa(const node& from, std::string_view what,
                            const node& at, errc shape, collector& to) {
  constexpr std::string_view keys[]{"module", "function", "args"};
  mfa call;
  const auto before = to.size();
  const auto module = require_key(from, "module", keys, what, at, shape, to);
  const auto function =
      require_key(from, "function", keys, what, at, shape, to);
  const auto args = require_key(from, "args", keys, what, at, shape, to);
  if (module) {
    call.module =
        read_name(*module, "a module", errc::bad_module, to).value_or("");
  }
  if (function && function->is_string() && is_function_name(function->text())) {
    call.function = function->text();
  } else if (function) {
    to.error(*function, errc::bad_func,
             fmt::format("{} is no name of a function: a letter or _, then "
                         "letters, digits and _",
                         function->described()));
  }
  if (args && args->is_sequence()) {
    check_term(*args, to);
    call.args = args->to_value().as_array();
  } else if (args) {
    to.error(
        *args, errc::bad_args_list,
        fmt::format(
            "args must be a list, not {}{}", args->described(),
            args->is_map() ? "" : fmt::format(": write [{}]", args->text())));
  }
  if (to.size() != before || !module || !function || !args)
    return std::nullopt;
  return call;
}

}  // namespace instar::appup
