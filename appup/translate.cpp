#include "appup/translation.hpp"

#include <utility>

namespace instar::appup {

const written_instruction* translation::make(
    high_level what, const written_instruction& origin) {
  return &made.emplace_back(
      written_instruction{std::move(what), origin.where, origin.name_at, {}});
}

const written_instruction* translation::make(
    low_level what, const written_instruction& origin) {
  return &made.emplace_back(
      written_instruction{std::move(what), origin.where, origin.name_at, {}});
}

script translate(translation& work, diagnostics& errors,
                 diagnostics& warnings) {
  split_scripts(work, errors);
  if (errors.empty())
    check_syntax(work, errors);
  if (errors.empty())
    check_balance(work, errors, warnings);
  if (errors.empty())
    translate_applications(work, errors);
  if (errors.empty())
    translate_modules(work, errors);
  if (errors.empty())
    merge_object_code(work, errors);
  if (!errors.empty())
    return {};
  return finish_script(work);
}

}  // namespace instar::appup
