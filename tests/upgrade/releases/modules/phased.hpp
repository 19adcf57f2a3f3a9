// An application that writes its start phases to the file that the setting `paper`
// of the application `whole` names.
#pragma once

#include "runtime/module.hpp"

#include <boost/json/serialize.hpp>

#include <fstream>
#include <stdexcept>
#include <string>

namespace phased {

inline void write(const std::string& line) {
  const auto paper = instar::get_env("whole", "paper");
  if (const auto* name = paper.if_string())
    std::ofstream(std::string(*name), std::ios::app) << line << '\n';
}

inline void note_phase(const std::string& who, std::string_view phase,
                       const instar::value& args) {
  if (phase == "bad")
    throw std::runtime_error("a bad phase");
  write(who + " " + std::string(phase) + " " + boost::json::serialize(args) +
        (instar::whereis("part_blue") ? "" : " alone"));
}

}  // namespace phased
