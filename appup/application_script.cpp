#include "appup/application_script.hpp"

#include "appup/document.hpp"
#include "appup/instruction_reader.hpp"
#include "appup/library.hpp"
#include "appup/script_list.hpp"
#include "appup/translation.hpp"

#include <fmt/format.h>

#include <utility>

namespace instar::appup {
namespace {

constexpr errc shape = errc::file_problem;

/// The set as a release, which nobody wrote.
void load_set(const application_script_request& of, const std::string& vsn,
              library& from, loaded_release& into, diagnostics& errors) {
  into.manifest.spec.release = "running";
  into.manifest.spec.vsn = vsn;
  into.manifest.spec.applications = of.running;
  for (auto& one : into.manifest.spec.applications) {
    if (one.name == of.application)
      one.vsn = vsn;
  }
  into.manifest.has_all_applications = true;
  into.manifest.applications_at.resize(of.running.size());
  load_applications(from, into, errors);
}

/// The file's instructions as if the appup had them.
void add_instructions(file_system& files, const path& file,
                      const std::string& application, translation& into,
                      diagnostics& errors) {
  const auto found = read_document(files, file, shape);
  if (!found.read) {
    errors.insert(errors.end(), found.errors.begin(), found.errors.end());
    return;
  }
  const auto root = found.read->root();
  if (!root.is_sequence()) {
    collector wrong;
    wrong.error(root, shape,
                fmt::format("expected a list of instructions, not {}",
                            root.described()));
    const auto told = wrong.take();
    errors.insert(errors.end(), told.begin(), told.end());
    return;
  }
  application_script made{
      script_kind::appup, {}, into.target->find_app(application), nullptr};
  for (auto& one : read_instructions(root))
    made.instructions.push_back(&into.made.emplace_back(std::move(one)));
  into.scripts.push_back(std::move(made));
}

}  // namespace

result<script> make_application_script(const application_script_request& of) {
  std::string from;
  for (const auto& one : of.running) {
    if (one.name == of.application)
      from = one.vsn;
  }
  library found(*of.files, of.lib_folders);
  diagnostics errors;
  diagnostics warnings;
  const bool up = of.way == direction::up;
  loaded_release top;
  loaded_release base;
  load_set(of, up ? of.to : from, found, top, errors);
  load_set(of, up ? from : of.to, found, base, errors);
  translation work;
  if (of.instructions) {
    work.way = of.way;
    work.target = up ? &top : &base;
    work.source = up ? &base : &top;
    add_instructions(*of.files, *of.instructions, of.application, work, errors);
  } else {
    list_scripts({of.way, &top, &base, false}, found, work, errors, warnings);
  }
  auto made = translate(work, errors, warnings);
  if (!errors.empty())
    return to_failure(errors);
  return made;
}

}  // namespace instar::appup
