// Words that other modules use.
#include "runtime/module.hpp"

#include <string>

namespace {

std::string greeting() {
  return "the office of " INSTAR_MODULE_VSN " opens";
}

struct office_words : instar::library {
  using exports = instar::export_list<instar::fn<"greeting", &greeting>>;
};

}  // namespace

INSTAR_MODULE(office_words)
