// The top supervisor of an application that comes and goes whole.
#include "runtime/module.hpp"

namespace {

struct spare_sup : instar::supervisor {
  static instar::supervisor_spec init(const instar::value&) { return {}; }
};

}  // namespace

INSTAR_MODULE(spare_sup)
