// Every input that the fuzzer kept, through the same functions.
#include "tests/fuzz/input.hpp"

#include <boost/filesystem/directory.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

using namespace instar;

void replay(const char* target, void (*run)(std::string_view)) {
  std::vector<path> inputs;
  const auto folder = path(INSTAR_TEST_DATA) / "fuzz" / target;
  for (const auto& entry : boost::filesystem::directory_iterator(folder))
    inputs.push_back(entry.path());
  std::sort(inputs.begin(), inputs.end());
  CHECK(inputs.size() > 20);
  for (const auto& input : inputs) {
    CAPTURE(input.string());
    std::ifstream file(input.string(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    CHECK_NOTHROW(run(bytes));
  }
}

}  // namespace

TEST_SUITE("fuzz/corpus") {
  TEST_CASE("every manifest that the fuzzer kept is read or refused") {
    replay("manifests", test::try_manifests);
  }

  TEST_CASE("every release that the fuzzer kept is translated or refused") {
    replay("translator", test::try_translator);
  }

  TEST_CASE("every package that the fuzzer kept is staged or refused") {
    replay("packages", test::try_packages);
  }

  TEST_CASE("an input is split at the lines that name a file") {
    const auto [files, names] = test::split_input(
        "lost\n--- a.yaml\nx: 1\n---\ny\n--- b/c.yaml\n"
        "--- ../d.yaml\nz\n--- e");
    CHECK(names == std::vector<std::string>{"a.yaml", "b/c.yaml"});
    const auto tree = files.tree();
    CHECK(tree.at("/a.yaml") == "x: 1\n---\ny\n");
    CHECK(tree.at("/b/c.yaml").empty());
  }
}
