// The modules that tests/module/CMakeLists.txt builds.
#pragma once

#include "base/file_system.hpp"
#include "module/elf_file.hpp"

#include <string>
#include <string_view>

namespace instar::test {

inline path module_path(std::string_view name, std::string_view vsn = "1.0") {
  const std::string file(name);
  return path(INSTAR_TEST_MODULES) / (file + '-' + std::string(vsn)) /
         (file + ".so");
}

inline result<module_file::elf_file> read_module(std::string_view name) {
  real_file_system files;
  return module_file::read_elf(files, module_path(name));
}

/// The bytes of a small module.
inline std::string module_bytes() {
  real_file_system files;
  return files
      .read(path(INSTAR_TEST_APPLICATIONS) / "lib/tiny-1.0_1/modules/tiny.so",
            module_file::most_file_bytes)
      .value();
}

}  // namespace instar::test
