#include "runtime/module.hpp"

namespace {

struct inner : instar::library {};

}  // namespace

INSTAR_MODULE(inner)
