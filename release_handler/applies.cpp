#include "release_handler/applies.hpp"

#include "release_handler/errors.hpp"
#include "runtime/apply.hpp"
#include "runtime/runtime.hpp"

#include <fmt/format.h>

namespace instar::release_handler {
namespace {

result<> call(runtime& node, const appup::mfa& what) {
  auto done =
      apply(node, what.module, what.function, what.args, apply_patience);
  if (done)
    return {};
  return failure(errc::effect_failed,
                 fmt::format("{}:{}: {}", what.module, what.function,
                             done.error().message()));
}

}  // namespace

result<> applies::run(const effect& one) {
  INSTAR_TRY_ASSIGN(const auto number,
                    records_.doing(describe(one), true, describe_undo(one)));
  if (auto ran = call(node_, one.call); !ran) {
    if (auto noted = records_.failed(number); !noted)
      node_.log(log_level::warning, noted.error().message());
    return ran;
  }
  done_.push_back(number);
  return records_.done(number);
}

result<> applies::run() {
  for (const auto& one : all_) {
    auto ran = run(one);
    if (ran)
      continue;
    if (auto back = take_back(); !back) {
      return failure(
          errc::effect_failed,
          fmt::format("{}; and taking back failed: {}", ran.error().message(),
                      back.error().message()));
    }
    return ran;
  }
  return {};
}

result<> applies::take_back() {
  result<> first = {};
  while (!done_.empty()) {
    const auto& one = all_[done_.size() - 1];
    const auto number = done_.back();
    done_.pop_back();
    if (!one.undo)
      continue;
    if (auto back = call(node_, *one.undo); !back) {
      node_.log(log_level::error, back.error().message());
      if (first)
        first = back;
      continue;
    }
    if (auto noted = records_.undone(number); !noted)
      node_.log(log_level::warning, noted.error().message());
  }
  return first;
}

}  // namespace instar::release_handler
