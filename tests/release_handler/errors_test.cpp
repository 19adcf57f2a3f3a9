#include "release_handler/errors.hpp"

#include "base/result.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace instar::release_handler {

TEST_SUITE("release_handler/errors") {
  TEST_CASE("the message of an error is its tag") {
    const failure why(errc::no_such_release, "there is no release \"9\"");
    CHECK(why.tag() == "no_such_release");
    CHECK(why.message() == "there is no release \"9\"");
    CHECK(std::string(why.code.category().name()) == "release_handler");
    CHECK(failure(errc::old_processes).message() == "old_processes");
  }

  TEST_CASE("every error has a tag of its own") {
    std::set<std::string> tags;
    int count = 0;
    for (int value = 1; value <= static_cast<int>(errc::application_terminated);
         ++value) {
      tags.insert(tag_of(static_cast<errc>(value)));
      ++count;
    }
    CHECK(static_cast<int>(tags.size()) == count);
    CHECK(tags.count("unknown_error") == 0);
    CHECK(std::string(tag_of(static_cast<errc>(count + 1))) == "unknown_error");
  }
}

}  // namespace instar::release_handler
