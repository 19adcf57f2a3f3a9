// A module by hand: the note and the descriptor, without the runtime's macros.
// TEST_IMPORTS names its table of imports, if it has one.
#pragma once

#include "module/abi.hpp"
#include "module/descriptor.hpp"

#ifndef TEST_ABI_TAG
#define TEST_ABI_TAG INSTAR_ABI_TAG
#endif

extern "C" {
extern __attribute__((visibility("default")))
const instar::module_descriptor instar_module_v1;
constinit const instar::module_descriptor instar_module_v1 = [] {
  instar::module_descriptor made{};
  made.size = sizeof(instar::module_descriptor);
  made.version = instar::descriptor_version;
  made.name = INSTAR_MODULE_NAME;
  made.vsn = INSTAR_MODULE_VSN;
  made.abi_tag = TEST_ABI_TAG;
  made.kind = instar::behaviour_kind::library;
  made.pinned = INSTAR_MODULE_PINNED;
#ifdef TEST_IMPORTS
  made.imports = &TEST_IMPORTS[0];
  made.import_count = sizeof TEST_IMPORTS / sizeof TEST_IMPORTS[0];
#endif
  return made;
}();
}
