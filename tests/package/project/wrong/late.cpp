#include "runtime/module.hpp"

namespace {

struct late : instar::library {};

}  // namespace

INSTAR_MODULE(late)
