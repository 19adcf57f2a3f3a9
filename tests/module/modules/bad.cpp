// One module per rule that is broken: the build defines which (CMakeLists.txt).
#ifdef TEST_WRONG_ABI
#include "module/abi.hpp"
#undef INSTAR_ABI_TAG
#define INSTAR_ABI_TAG \
  "rt=0;stl=libstdc++cxx11=0;san=msan;exc=1;rtti=1|cc=gcc9;std=1"
#endif

#ifndef TEST_NO_DESCRIPTOR
#include "tests/module/modules/descriptor.hpp"
#else
#include "module/abi.hpp"
#endif

#include <string>

#ifdef TEST_BAD_NAME
INSTAR_EMIT_NOTE("Not a name", "1 0");
#elif !defined(TEST_NO_NOTE)
INSTAR_EMIT_NOTE(INSTAR_MODULE_NAME, INSTAR_MODULE_VSN);
#endif
#ifdef TEST_TWO_NOTES
INSTAR_EMIT_NOTE(INSTAR_MODULE_NAME, "2.0");
#endif

namespace app {

#ifdef TEST_GNU_UNIQUE
struct __attribute__((visibility("default"))) shared {
  static inline int number = 1;
};
int next() {
  return ++shared::number;
}
#endif

#ifdef TEST_EXPORTS
__attribute__((visibility("default"))) int first() {
  return 1;
}
__attribute__((visibility("default"))) int second() {
  return 2;
}
#endif

#ifdef TEST_THREAD_ATEXIT
thread_local std::string name;
void remember(const std::string& text) {
  name = text;
}
#endif

#ifdef TEST_STATIC_TLS
thread_local int count = 0;
int next() {
  return ++count;
}
#endif

#ifdef TEST_TEXT_RELOCATIONS
asm(".pushsection .text\n.balign 8\n.quad instar_module_v1\n.popsection");
#endif

#ifdef TEST_NEEDED
int other();
int next() {
  return other();
}
#endif

}  // namespace app
