// The included application.
#include "phased.hpp"

namespace {

struct part_app : instar::application {
  static instar::start_spec start(const instar::value&) {
    phased::write("part starts");
    return {.module = "part_sup"};
  }
  static void stop(const instar::value&) { phased::write("part has stopped"); }
  static void start_phase(std::string_view phase, const instar::value& args) {
    phased::note_phase("part", phase, args);
  }
};

}  // namespace

INSTAR_MODULE(part_app)
