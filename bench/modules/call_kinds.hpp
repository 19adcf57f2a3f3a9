// One small function, called in each of the ways that there are.
#pragma once

#include "messages.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace bench {
inline namespace INSTAR_VSN {

using external_step =
    instar::external<"bench_library", "step", std::uint64_t(std::uint64_t)>;

__attribute__((noipa)) inline std::uint64_t direct_step(std::uint64_t x) {
  return x * 3 + 1;
}

struct stepper {
  virtual ~stepper() = default;
  virtual std::uint64_t step(std::uint64_t x) = 0;
};
struct one_stepper final : stepper {
  __attribute__((noipa)) std::uint64_t step(std::uint64_t x) override {
    return x * 3 + 1;
  }
};
// So that the compiler does not know which it is.
__attribute__((noipa)) inline std::unique_ptr<stepper> some_stepper() {
  return std::make_unique<one_stepper>();
}
__attribute__((noipa)) inline std::function<std::uint64_t(std::uint64_t)>
some_function() {
  return [](std::uint64_t x) { return direct_step(x); };
}

/// Nanoseconds of all of them; each result is the next one's argument.
template <class Step>
std::uint64_t time_steps(std::uint64_t count, Step step) {
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t x = 1;
  for (std::uint64_t i = 0; i < count; ++i)
    x = step(x);
  const auto end = std::chrono::steady_clock::now();
  // Taken so that nothing is left out.
  const volatile std::uint64_t taken = x;
  (void)taken;
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin)
          .count());
}

inline std::uint64_t time_calls(const make_steps& m) {
  if (m.how == "external")
    return time_steps(m.count, [](auto x) { return external_step::call(x); });
  if (m.how == "virtual") {
    const auto with = some_stepper();
    return time_steps(m.count, [&](auto x) { return with->step(x); });
  }
  if (m.how == "std::function") {
    const auto with = some_function();
    return time_steps(m.count, [&](auto x) { return with(x); });
  }
  return time_steps(m.count, [](auto x) { return direct_step(x); });
}

}  // namespace INSTAR_VSN
}  // namespace bench
