// An application that includes another one.
#include "phased.hpp"

namespace {

struct whole_app : instar::application {
  static instar::start_spec start(const instar::value&) {
    phased::write("whole starts");
    return {.module = "whole_sup"};
  }
  static void stop(const instar::value&) { phased::write("whole has stopped"); }
  static void start_phase(std::string_view phase, const instar::value& args) {
    phased::note_phase("whole", phase, args);
  }
};

}  // namespace

INSTAR_MODULE(whole_app)
