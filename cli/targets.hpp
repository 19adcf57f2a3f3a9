// Where requests go: `/v1/releases/VSN/VERB`.
#pragma once

#include "release_handler/control_request.hpp"

#include <string>
#include <string_view>

namespace instar::cli {

inline std::string release_target(std::string_view vsn, std::string_view verb) {
  return "/v1/releases/" + release_handler::percent_encoded(vsn) + '/' +
         std::string(verb);
}

inline std::string code_target(std::string_view module) {
  return "/v1/code/" + release_handler::percent_encoded(module);
}

inline std::string process_target(std::string_view name,
                                  std::string_view verb) {
  return "/v1/processes/" + release_handler::percent_encoded(name) + '/' +
         std::string(verb);
}

}  // namespace instar::cli
