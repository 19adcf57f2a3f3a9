#include "appup/translation.hpp"

#include <iterator>
#include <utility>
#include <vector>

namespace instar::appup {
namespace {

// Those who asked for it, in order.
template <class Low>
instruction_list take_out(std::vector<placed_instruction>& from) {
  instruction_list by;
  std::erase_if(from, [&](const placed_instruction& one) {
    const bool is_it = std::holds_alternative<Low>(one.what);
    if (is_it)
      by.push_back(one.origin);
    return is_it;
  });
  return by;
}

placed_instruction restart(low_level what, reason why, place here,
                           const instruction_list& by) {
  return {std::move(what),           by.front(), why, here, nullptr,
          {by.begin() + 1, by.end()}};
}

}  // namespace

script finish_script(translation& work) {
  // A restart into a new runtime comes first; going down there is none, and the
  // ordinary restart at the end serves for it.
  const auto fresh = take_out<restart_new_emulator>(work.after_placed);
  const auto again = take_out<restart_emulator>(work.after_placed);
  const bool up = work.way == direction::up;
  std::vector<placed_instruction> all;
  all.reserve(work.before_placed.size() + work.after_placed.size() + 3);
  if (!fresh.empty() && up)
    all.push_back(restart(restart_new_emulator{}, reason::restarts_into_runtime,
                          place::first_of_all, fresh));
  const auto append = [&](std::vector<placed_instruction>& more) {
    std::move(more.begin(), more.end(), std::back_inserter(all));
  };
  append(work.before_placed);
  all.push_back({point_of_no_return{}, nullptr, reason::point_of_no_return,
                 place::at_point_of_no_return, nullptr, work.points});
  append(work.after_placed);
  auto last = again;
  if (!up)
    last.insert(last.end(), fresh.begin(), fresh.end());
  if (!last.empty())
    all.push_back(restart(restart_emulator{}, reason::restarts_at_end,
                          place::last_of_all, last));
  if (work.explained != nullptr)
    *work.explained = explain(work, all);
  script result;
  result.reserve(all.size());
  for (auto& one : all)
    result.push_back(std::move(one.what));
  return result;
}

}  // namespace instar::appup
