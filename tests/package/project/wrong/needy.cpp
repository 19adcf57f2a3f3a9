#include "runtime/module.hpp"

int side();

namespace {

int doubled() {
  return 2 * side();
}

struct needy : instar::library {
  using exports = instar::export_list<instar::fn<"doubled", &doubled>>;
};

}  // namespace

INSTAR_MODULE(needy)
