// Keeps every rule, in spite of what it uses.
#include "tests/module/modules/descriptor.hpp"

#include <map>
#include <memory>
#include <stdexcept>
#include <string>

INSTAR_EMIT_NOTE(INSTAR_MODULE_NAME, INSTAR_MODULE_VSN);

namespace app {
inline namespace INSTAR_VSN {

std::map<std::string, std::shared_ptr<int>> numbers(int count) {
  if (count < 0)
    throw std::invalid_argument("a negative count");
  std::map<std::string, std::shared_ptr<int>> made;
  for (int i = 0; i < count; ++i) {
    made.emplace(std::to_string(i), std::make_shared<int>(i));
  }
  return made;
}

}  // namespace INSTAR_VSN
}  // namespace app
