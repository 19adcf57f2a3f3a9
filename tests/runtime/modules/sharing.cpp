// A module that needs a shared library of its application.
#include "runtime/module.hpp"

extern "C" int test_shared_number();

namespace sharing {
inline namespace INSTAR_VSN {

instar::result<instar::value> number(const instar::value&) {
  return instar::value(test_shared_number());
}

struct module : instar::library {
  using exports = instar::export_list<instar::fn<"number", &number>>;
};

}  // namespace INSTAR_VSN
}  // namespace sharing

INSTAR_MODULE(sharing::module)
