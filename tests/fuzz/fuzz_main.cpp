// libFuzzer's entry: one program per target, see CMakeLists.txt.
#include "tests/fuzz/input.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes,
                                      std::size_t size) {
  instar::test::INSTAR_FUZZ_TARGET(
      {reinterpret_cast<const char*>(bytes), size});
  return 0;
}
