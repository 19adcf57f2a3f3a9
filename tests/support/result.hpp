// Lets doctest's CHECK and REQUIRE take a result and show why it failed.
#pragma once

#include "base/result.hpp"

#include <doctest/doctest.h>

namespace doctest {

template <class T>
struct StringMaker<instar::result<T>> {
  static String convert(const instar::result<T>& shown) {
    if (shown)
      return "a value";
    const auto why = shown.error().tag() + ": " + shown.error().message();
    return String(why.c_str());
  }
};

}  // namespace doctest
