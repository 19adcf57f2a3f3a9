#include "appup/translation.hpp"

#include <algorithm>
#include <utility>

namespace instar::appup {

const written_instruction* translation::make(
    high_level what, const written_instruction& origin) {
  return &made.emplace_back(written_instruction{
      std::move(what), origin.where, origin.name_at, {}, &origin});
}

const written_instruction* translation::make(
    low_level what, const written_instruction& origin) {
  return &made.emplace_back(written_instruction{
      std::move(what), origin.where, origin.name_at, {}, &origin});
}

script translate(translation& work, diagnostics& errors,
                 diagnostics& warnings) {
  split_scripts(work, errors);
  check_syntax(work, errors);
  if (!work.is_partial)
    check_balance(work, errors, warnings);
  translate_applications(work, errors);
  translate_modules(work, errors);
  merge_object_code(work, errors);
  if (!errors.empty())
    return {};
  return finish_script(work);
}

}  // namespace instar::appup
