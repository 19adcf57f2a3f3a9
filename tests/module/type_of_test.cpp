#include "module/type_of.hpp"

#include "tests/module/types.hpp"

#include <doctest/doctest.h>

#include <new>
#include <string>
#include <string_view>

namespace instar {
namespace {

namespace v2 = shop::instar_v_shop_v2;

template <class T>
std::string name() {
  return type_of<T>().name;
}

template <class T>
bool is_copyable() {
  return type_of<T>().copy_construct != nullptr;
}

}  // namespace

TEST_SUITE("module/type_of") {
  TEST_CASE("a type's name is without the namespace of its version") {
    CHECK(name<shop::limits>() == "shop.limits");
    CHECK(name<v2::limits>() == "shop.limits");
    CHECK(name<shop::color>() == "shop.color");
  }

  TEST_CASE("nodes are constants that need no code to run") {
    static constexpr const type_node& node = type_of<shop::limits>();
    CHECK(node.kind == type_kind::structure);
    CHECK(&node == &type_of<shop::limits>());
  }

  TEST_CASE("a node has the size alignment and parts of its type") {
    const auto& map = type_of<std::map<std::string, shop::limits>>();
    CHECK(map.kind == type_kind::map);
    CHECK(map.size == sizeof(std::map<std::string, shop::limits>));
    REQUIRE(map.part_count == 2);
    CHECK(map.parts[0] == &type_of<std::string>());
    CHECK(map.parts[1] == &type_of<shop::limits>());
    CHECK(type_of<long double>().align == alignof(long double));
    CHECK(type_of<std::array<int, 7>>().count == 7);
    CHECK(type_of<std::chrono::milliseconds>().period_denominator == 1000);
  }

  TEST_CASE("the address of a field is that of the member") {
    const auto& node = type_of<shop::limits>();
    const shop::limits object;
    REQUIRE(node.field_count == 2);
    CHECK(node.fields[1].at(&object) == &object.most);
    CHECK(node.fields[1].offset == offsetof(shop::limits, most));
  }

  TEST_CASE("the lifetime functions make copy move and destroy") {
    const auto& node = type_of<std::vector<std::string>>();
    alignas(std::vector<std::string>) unsigned char
        memory[3][sizeof(std::vector<std::string>)];
    node.default_construct(memory[0]);
    auto& first =
        *std::launder(reinterpret_cast<std::vector<std::string>*>(memory[0]));
    CHECK(first.empty());
    first = {"a", "b"};
    node.copy_construct(memory[1], memory[0]);
    node.move_construct(memory[2], memory[0]);
    auto& moved =
        *std::launder(reinterpret_cast<std::vector<std::string>*>(memory[2]));
    CHECK(moved.size() == 2);
    CHECK(first.empty());
    for (auto& place : memory)
      node.destroy(place);
  }

  TEST_CASE("a type that owns something cannot be copied however deep it is") {
    using numbers = std::vector<std::unique_ptr<int>>;
    CHECK(is_copyable<shop::limits>());
    CHECK(is_copyable<shop::compounds>());
    CHECK_FALSE(is_copyable<shop::owner>());
    CHECK_FALSE(is_copyable<shop::tree>());
    CHECK_FALSE(is_copyable<numbers>());
    CHECK_FALSE(is_copyable<std::vector<shop::owner>>());
    CHECK_FALSE(is_copyable<std::map<int, numbers>>());
    CHECK_FALSE(is_copyable<std::optional<shop::owner>>());
    CHECK_FALSE(is_copyable<std::pair<int, shop::owner>>());
    CHECK_FALSE(is_copyable<std::array<shop::owner, 2>>());
    CHECK_FALSE(is_copyable<std::variant<int, shop::owner>>());
  }
}

}  // namespace instar
