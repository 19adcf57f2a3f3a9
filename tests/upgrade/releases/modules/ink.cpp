// Functions only: what others import, and what a relup applies.
#include "runtime/module.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace {

std::string tint(std::int64_t number) {
  return std::to_string(number) + " in ink " INSTAR_MODULE_VSN;
}

/// Adds a line to a file: [FILE, LINE].
instar::result<instar::value> write(const instar::value& args) {
  std::ofstream to(args.at(0).as_string().c_str(), std::ios::app);
  to << args.at(1).as_string().c_str() << '\n';
  return instar::value("written");
}

instar::result<instar::value> refuse(const instar::value&) {
  return instar::failure(instar::errc::badarg, "there is no paper");
}

instar::result<instar::value> crash(const instar::value&) {
  throw std::runtime_error("the pen broke");
}

/// As a fault in native code does.
instar::result<instar::value> abort(const instar::value&) {
  std::abort();
}

instar::result<instar::value> hang(const instar::value&) {
  for (;;)
    ::pause();
}

/// The supervisor of that name ends as one does that gives up: [NAME].
instar::result<instar::value> topple(const instar::value& args) {
  instar::exit(instar::whereis(args.at(0).as_string().c_str()),
               instar::exit_reason::kill());
  return instar::value("toppled");
}

struct ink : instar::library {
  using exports = instar::export_list<
      instar::fn<"tint", &tint>, instar::fn<"write", &write>,
      instar::fn<"refuse", &refuse>, instar::fn<"crash", &crash>,
      instar::fn<"abort", &abort>, instar::fn<"hang", &hang>,
      instar::fn<"topple", &topple>>;
};

}  // namespace

INSTAR_MODULE(ink)
