// The journal's records of effects.
#include "release_handler/transaction.hpp"

#include <string>

namespace instar::release_handler {
namespace {

/// Whether an effect is still there after a restart: what it did to processes and
/// applications is not.
bool lasts(const effect& of) {
  return of.what == effect::kind::apply && of.call.module != "application";
}

}  // namespace

/// Carries an effect out between its records. Where only the second one fails, it
/// is done.
result<> transaction::run_recorded(const effect_text& of,
                                   std::optional<std::size_t>& number,
                                   const std::function<result<>()>& run) {
  if (records_ == nullptr)
    return run();
  INSTAR_TRY_ASSIGN(number, records_->doing(of.what, of.lasts, of.undo));
  if (auto ran = run(); !ran) {
    note_unrecorded(records_->failed(*number));
    return ran;
  }
  return records_->done(*number);
}

result<> transaction::run_recorded(const effect& of,
                                   const std::function<result<>()>& run) {
  std::optional<std::size_t> number;
  auto ran =
      run_recorded({describe(of), lasts(of), describe_undo(of)}, number, run);
  if (number)
    effect_numbers_[&of] = *number;
  return ran;
}

void transaction::record_undone(std::optional<std::size_t> number) {
  if (number)
    note_unrecorded(records_->undone(*number));
}

void transaction::record_undone(const effect& of) {
  const auto number = effect_numbers_.find(&of);
  if (number != effect_numbers_.end())
    record_undone(number->second);
}

/// On the way back nothing stops for the journal.
void transaction::note_unrecorded(const result<>& written) {
  if (!written)
    node_.log(log_level::warning, written.error().message());
}

}  // namespace instar::release_handler
