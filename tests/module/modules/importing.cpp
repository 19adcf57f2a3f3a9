// Imports two functions, and has its version in names and texts.
#include "module/abi.hpp"
#include "module/descriptor.hpp"

#include <cstdint>

namespace {
std::uint32_t slots[2];
constexpr instar::imported_function rows[] = {
    {"shard", "get", "int(int)", &slots[0]},
    {"log_writer", "write", "void()", &slots[1]}};
}  // namespace
#define TEST_IMPORTS rows
#include "tests/module/modules/descriptor.hpp"

#include <typeinfo>

INSTAR_EMIT_NOTE(INSTAR_MODULE_NAME, INSTAR_MODULE_VSN);

namespace app {
inline namespace INSTAR_VSN {

struct shape {
  virtual ~shape() = default;
  virtual int sides() const { return TEST_SIDES; }
};
struct square : shape {};

// Without a caller, but not gone.
__attribute__((used)) const char* name(const shape& of) {
  return of.sides() > 0 ? typeid(of).name() : typeid(square).name();
}

__attribute__((used)) const char* about() {
  return "version " INSTAR_MODULE_VSN ", made by hand";
}

}  // namespace INSTAR_VSN
}  // namespace app
