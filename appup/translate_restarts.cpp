#include "appup/translation.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace instar::appup {
namespace {

template <class Low>
bool take_out(std::vector<placed_instruction>& from) {
  return std::erase_if(from, [](const placed_instruction& one) {
           return std::holds_alternative<Low>(one.what);
         }) > 0;
}

}  // namespace

script finish_script(translation& work) {
  // A restart into a new runtime comes first; going down there is none, and the
  // ordinary restart at the end serves for it.
  const bool fresh = take_out<restart_new_emulator>(work.after_placed);
  const bool again = take_out<restart_emulator>(work.after_placed);
  const bool up = work.way == direction::up;
  script result;
  result.reserve(work.before_placed.size() + work.after_placed.size() + 3);
  if (fresh && up)
    result.emplace_back(restart_new_emulator{});
  for (auto& one : work.before_placed)
    result.push_back(std::move(one.what));
  result.emplace_back(point_of_no_return{});
  for (auto& one : work.after_placed)
    result.push_back(std::move(one.what));
  if (again || (fresh && !up))
    result.emplace_back(restart_emulator{});
  return result;
}

}  // namespace instar::appup
