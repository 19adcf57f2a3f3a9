#include "release_handler/pause_forecast.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace instar::release_handler {
namespace {

/// Older installations say less about the node as it is.
constexpr std::size_t looked_back = 20;

std::int64_t us(duration time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

/// The pause of an installation that came to its end; absent: it had none.
std::optional<std::int64_t> pause_of(const value& entry) {
  const auto* fields = entry.if_object();
  if (fields == nullptr)
    return std::nullopt;
  const auto* outcome = fields->if_contains("outcome");
  const auto* pause = fields->if_contains("pause_us");
  const auto* batches = fields->if_contains("batches");
  if (outcome == nullptr || *outcome != "installed" || pause == nullptr ||
      !pause->is_int64() || batches == nullptr || *batches == 0) {
    return std::nullopt;
  }
  return pause->get_int64();
}

}  // namespace

pause_forecast expected_pause(const std::vector<value>& history, duration hold,
                              const conversions_in_pause& converted) {
  pause_forecast made;
  made.hold = hold;
  std::vector<std::int64_t> past;
  for (auto one = history.rbegin();
       one != history.rend() && past.size() < looked_back; ++one) {
    if (const auto pause = pause_of(*one))
      past.push_back(*pause);
  }
  if (!past.empty()) {
    const auto middle =
        past.begin() + static_cast<std::ptrdiff_t>(past.size() / 2);
    std::nth_element(past.begin(), middle, past.end());
    made.expected = std::chrono::microseconds(*middle);
    made.from.push_back(
        past.size() == 1
            ? std::string("the last installation")
            : fmt::format("the median of the last {} installations",
                          past.size()));
  }
  if (converted.count > 0) {
    const auto waves = static_cast<duration::rep>(
        (converted.count + converted.at_once - 1) / converted.at_once);
    const auto more = std::max(converted.longest, converted.each * waves);
    made.expected = made.expected.value_or(duration{}) + more;
    made.from.push_back(fmt::format(
        "{} conversion{} behind the gate of {} us each ({})", converted.count,
        converted.count == 1 ? "" : "s", us(converted.each), converted.whose));
  }
  if (converted.all > duration{}) {
    made.if_all_change =
        std::max(converted.longest_of_all,
                 converted.all / static_cast<duration::rep>(converted.at_once));
  }
  return made;
}

value to_json(const pause_forecast& of) {
  return boost::json::object{
      {"expected_us", of.expected ? value(us(*of.expected)) : value()},
      {"if_all_change_us",
       of.if_all_change ? value(us(*of.if_all_change)) : value()},
      {"hold_us", us(of.hold)},
      {"from", boost::json::array(of.from.begin(), of.from.end())}};
}

}  // namespace instar::release_handler
