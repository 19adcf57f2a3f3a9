// Supervises one ledger, of the application ledger.
#include "runtime/module.hpp"

namespace {

struct office_sup : instar::supervisor {
  static instar::supervisor_spec init(const instar::value&) {
    return {.children = {{
                .id = "ledger",
                .start = {.module = "ledger", .args = {}, .name = "ledger"},
            }}};
  }
};

}  // namespace

INSTAR_MODULE(office_sup)
