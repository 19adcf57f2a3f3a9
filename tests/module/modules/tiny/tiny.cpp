// The only module of the application tiny.
#include "tests/module/modules/descriptor.hpp"

INSTAR_EMIT_NOTE(INSTAR_MODULE_NAME, INSTAR_MODULE_VSN);
