// A library that one version has and the other has not.
#include "runtime/module.hpp"

namespace {

struct page : instar::library {};

}  // namespace

INSTAR_MODULE(page)
