// An application that refuses some settings.
#include "runtime/module.hpp"

#include <stdexcept>

namespace {

struct late_app : instar::application {
  static instar::start_spec start(const instar::value&) {
    return {.module = "spare_sup"};
  }
  static void config_change(const instar::value&, const instar::value&,
                            const instar::value&) {
    if (instar::get_env("late", "refuse") == true)
      throw std::runtime_error("too late");
  }
};

}  // namespace

INSTAR_MODULE(late_app)
