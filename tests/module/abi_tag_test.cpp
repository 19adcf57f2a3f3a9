#include "module/abi.hpp"
#include "module/module_rules.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace instar::module_file {
namespace {

using texts = std::vector<std::string>;
constexpr const char* plain = "rt=1;stl=libstdc++cxx11=1;san=none;exc=1;rtti=1";

std::string with(const char* from, const char* to) {
  std::string tag = plain;
  return tag.replace(tag.find(from), std::string(from).size(), to);
}

}  // namespace

TEST_SUITE("module/abi_tag") {
  TEST_CASE("the hard part of this program's tag is complete") {
    const std::string tag = INSTAR_ABI_TAG;
    const std::string hard = INSTAR_ABI_HARD;
    CHECK(tag.starts_with(hard + "|"));
    for (const auto* key : {"rt=", ";stl=", ";san=", ";exc=", ";rtti="}) {
      CAPTURE(key);
      CHECK(hard.find(key) != std::string::npos);
    }
  }

  TEST_CASE("equal hard parts agree whatever the soft parts are") {
    CHECK(detail::abi_differences(plain, plain).empty());
    CHECK(detail::abi_differences(std::string(plain) + "|cc=other", plain)
              .empty());
  }

  TEST_CASE("each key that differs is named with what to do about it") {
    CHECK(detail::abi_differences(with("rt=1;", "rt=2;"), plain) ==
          texts{"rt (the version of instar's module interface) is \"2\" in the "
                "module but \"1\" here: build the module with the headers of "
                "the runtime that loads it"});
    CHECK(
        detail::abi_differences(with("cxx11=1", "cxx11=0+glibcxxdebug"),
                                plain) ==
        texts{"stl (the standard library) is \"libstdc++cxx11=0+glibcxxdebug\""
              " in the module but \"libstdc++cxx11=1\" here: build both with "
              "one standard library and the same _GLIBCXX_USE_CXX11_ABI and "
              "_GLIBCXX_DEBUG"});
    CHECK(detail::abi_differences(with("none", "asan"), plain) ==
          texts{"san (the sanitizer) is \"asan\" in the module but \"none\" "
                "here: build both with the same INSTAR_SANITIZE"});
    CHECK(detail::abi_differences(with("exc=1", "exc=0"), plain) ==
          texts{"exc (exceptions) is \"0\" in the module but \"1\" here: build "
                "the module without -fno-exceptions"});
    CHECK(detail::abi_differences(with("rtti=1", "rtti=0"), plain) ==
          texts{"rtti (type information) is \"0\" in the module but \"1\" "
                "here: build the module without -fno-rtti"});
  }

  TEST_CASE("a tag with an unknown key or none at all is shown whole") {
    const auto tag = std::string(plain) + ";new=1";
    CHECK(
        detail::abi_differences(tag, plain) ==
        texts{"its tag is \"" + tag + "\" but \"" + plain +
              "\" is needed: build the module with the headers of the runtime "
              "that loads it"});
    CHECK(detail::abi_differences("", plain).size() == 5);
    CHECK(detail::abi_differences(";;==;", plain).size() == 5);
  }
}

}  // namespace instar::module_file
