#include "runtime/behaviour.hpp"

#include "runtime/errors.hpp"
#include "runtime/instance.hpp"
#include "runtime/process.hpp"

#include <algorithm>

namespace instar {

void behaviour::adopted(process&, void*, void*, const transition&) const {}

bool behaviour::on_stop(process&, const exit_reason&) const {
  return true;
}

result<value> behaviour::status(process&) const {
  return value(nullptr);
}

result<value> behaviour::shown_state(process& self) const {
  return state(self);
}

std::vector<std::string> behaviour::modules(process& self) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < self.box_count(); ++i) {
    if (const auto* owner = self.current_box(i).owner) {
      names.push_back(owner->name);
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

result<value> behaviour::children(process& self, std::size_t) const {
  return failure(errc::not_supported,
                 to_string(self.self()) + " is not a supervisor");
}

}  // namespace instar
