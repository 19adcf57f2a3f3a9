// Says something at its start, in the words of another module.
#include "runtime/module.hpp"

#include <string>

namespace {

using greeting = instar::external<"office_words", "greeting", std::string()>;

struct office_app : instar::application {
  using imports = instar::import_list<greeting>;

  static instar::start_spec start(const instar::value& args) {
    instar::log(instar::log_level::info, greeting::call());
    return {.module = "office_sup", .args = args, .name = "office_sup"};
  }
};

}  // namespace

INSTAR_MODULE(office_app)
