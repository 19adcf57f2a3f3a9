// The application that the test's processes belong to; no test upgrades it. What
// config_change hears is added to the file that its setting `paper` names.
#include "runtime/module.hpp"

#include <boost/json/serialize.hpp>

#include <fstream>
#include <stdexcept>
#include <string>

namespace {

struct frame_app : instar::application {
  static instar::start_spec start(const instar::value&) {
    if (instar::get_env("frame", "color") == "none")
      throw std::runtime_error("without a color one is not born");
    return {.module = "frame_sup", .name = "frame_sup"};
  }
  static void config_change(const instar::value& changed,
                            const instar::value& added,
                            const instar::value& removed) {
    const auto paper = instar::get_env("frame", "paper");
    if (const auto* name = paper.if_string()) {
      std::ofstream file(std::string(*name), std::ios::app);
      file << "frame " << boost::json::serialize(changed)
           << boost::json::serialize(added) << boost::json::serialize(removed)
           << '\n';
    }
    if (instar::get_env("frame", "color") == "poison")
      throw std::runtime_error("of that color one dies");
  }
};

}  // namespace

INSTAR_MODULE(frame_app)
