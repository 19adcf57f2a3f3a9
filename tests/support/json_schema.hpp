// A validator for the part of JSON Schema (draft 2020-12) that our schemas use,
// so that tests need no other. One thread.
#pragma once

#include "base/value.hpp"

#include <string>
#include <string_view>

namespace instar::test {

class json_schema {
public:
  /// Throws std::invalid_argument where `text` is no schema, and for every
  /// keyword that is not known here.
  explicit json_schema(std::string_view text);

  /// Empty if `instance` is valid, else the first thing that is wrong, with its
  /// JSON Pointer. Of the branches of an anyOf none is named.
  std::string why_invalid(const value& instance) const;
  bool accepts(const value& instance) const {
    return why_invalid(instance).empty();
  }

  const boost::json::object& root() const { return root_; }

private:
  void check(const value& schema) const;
  const value& target(std::string_view reference) const;
  std::string validate(const value& schema, const value& instance,
                       const std::string& at) const;
  std::string validate_branches(const boost::json::object& schema,
                                const value& instance,
                                const std::string& at) const;
  std::string validate_items(const boost::json::object& schema,
                             const boost::json::array& instance,
                             const std::string& at) const;
  std::string validate_members(const boost::json::object& schema,
                               const boost::json::object& instance,
                               const std::string& at) const;

  boost::json::object root_;
};

}  // namespace instar::test
