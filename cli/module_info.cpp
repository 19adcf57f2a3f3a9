#include "cli/arguments.hpp"
#include "cli/module_types.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"
#include "module/elf_file.hpp"
#include "module/module_check.hpp"
#include "module/module_description.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>
#include <vector>

namespace instar::cli {
namespace {

boost::json::array to_json(const std::vector<std::string>& texts) {
  boost::json::array made;
  for (const auto& one : texts)
    made.push_back(value(one));
  return made;
}

boost::json::object to_json(const std::string& file,
                            const module_file::elf_file& module,
                            const module_file::module_verdict& verdict) {
  boost::json::array errors;
  for (const auto& one : verdict.errors) {
    errors.push_back({{"tag", boost::system::error_code(one.code).message()},
                      {"rule", one.rule},
                      {"message", one.text}});
  }
  boost::json::object made{{"ok", verdict.errors.empty()}, {"file", file}};
  made["module"] = module.note ? value(module.note->name) : value();
  made["vsn"] = module.note ? value(module.note->vsn) : value();
  made["abi_tag"] = module.note ? value(module.note->abi_tag) : value();
  made["build_id"] = module.build_id;
  made["pinned"] = module.descriptor && module.descriptor->pinned;
  made["size_bytes"] = module.load_size;
  made["needed"] = to_json(module.needed);
  made["exports"] = to_json(module.exports);
  made["errors"] = std::move(errors);
  made["warnings"] = to_json(verdict.warnings);
  return made;
}

std::string show_file(const boost::json::object& of) {
  return lines_of({{"module", field(of, "module") + ' ' + field(of, "vsn")},
                   {"behaviour", field(of, "behaviour")},
                   {"state", field(of, "state")},
                   {"ABI", field(of, "abi_tag")},
                   {"build id", field(of, "build_id")},
                   {"pinned", field(of, "pinned")},
                   {"size", field(of, "size_bytes") + " bytes when loaded"},
                   {"needs", field(of, "needed")},
                   {"exports", field(of, "exports")},
                   {"loadable", field(of, "ok")}});
}

exit_code info(const session& with, const std::string& file) {
  real_file_system files;
  const auto module = module_file::read_elf(files, file);
  if (!module)
    return report(with, module.error());
  const auto verdict = module_file::check_module(*module, {});
  auto made = to_json(file, *module, verdict);
  // What cannot be loaded need not have a description.
  const auto description = module_file::describe_module(files, file);
  if (description) {
    for (auto& [key, told] : types_json(*description))
      made[key] = told;
  }
  if (with.json) {
    print_json(made);
  } else {
    print(show_file(made) + (description ? show(made) : std::string()));
    for (const auto& one : verdict.warnings)
      note(file + ": warning: " + printable(one));
    for (const auto& one : verdict.errors)
      note(fmt::format("{}: error[{}]: {}", file, one.rule,
                       printable(one.text)));
  }
  // A module that could not be loaded is no failure of looking at it.
  return exit_code::done;
}

}  // namespace

void add_module_info(CLI::App& parent, session& with) {
  auto& verb = add_verb(parent, "info",
                        "What a module file is, and whether it can be loaded",
                        "instar module info lib/kv-1.1/modules/kv_shard.so");
  const auto file = std::make_shared<std::string>();
  verb.add_option("FILE", *file, "The module file")->required();
  on(verb, with, [&with, file] { return info(with, *file); });
}

}  // namespace instar::cli
