// The name of a handler of an event manager.
#pragma once

#include <boost/describe/class.hpp>

#include <string>
#include <utility>

namespace instar {

/// As OTP's Module or {Module, Id}.
struct event_handler {
  std::string module;
  /// Empty: none.
  std::string id;

  event_handler() = default;
  event_handler(std::string of, std::string name = {})
      : module(std::move(of)), id(std::move(name)) {}
  event_handler(const char* of, std::string name = {})
      : module(of), id(std::move(name)) {}
  friend bool operator==(const event_handler&, const event_handler&) = default;
};
BOOST_DESCRIBE_STRUCT(event_handler, (), (module, id))
/// `audit`, `audit disk`
std::string to_string(const event_handler& one);

}  // namespace instar
