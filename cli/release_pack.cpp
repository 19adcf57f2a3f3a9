#include "cli/arguments.hpp"
#include "cli/verbs.hpp"
#include "release_handler/pack.hpp"

#include <memory>
#include <string>
#include <vector>

namespace instar::cli {
namespace {

struct arguments {
  std::string release;
  std::vector<std::string> paths;
  std::string runtime;
  std::string output;
};

exit_code pack(const session& with, const arguments& given) {
  real_file_system files;
  release_handler::pack_options options;
  options.release_file = given.release;
  options.lib_folders.assign(given.paths.begin(), given.paths.end());
  if (!given.runtime.empty())
    options.runtime_folder = given.runtime;
  options.output = given.output;
  const auto packed = release_handler::pack_release(files, options);
  if (!packed)
    return report(with, packed.error());
  if (with.json) {
    print_json(boost::json::object{{"ok", true}, {"output", given.output}});
  } else {
    print("packed " + given.output + '\n');
  }
  return exit_code::done;
}

}  // namespace

void add_release_pack(CLI::App& parent, session& with) {
  auto& verb = add_verb(
      parent, "pack", "Packs a release with its applications as a .tar.zst",
      "instar release pack releases/1.1/release.yaml --path lib \\\n"
      "    --output kv-1.1.tar.zst");
  const auto given = std::make_shared<arguments>();
  verb.add_option("RELEASE", given->release, "The release.yaml")->required();
  verb.add_option("--path", given->paths,
                  "A folder of APP-VSN folders; may be repeated")
      ->required()
      ->allow_extra_args(false);
  verb.add_option("--runtime", given->runtime,
                  "The release's own runtime, to be packed too");
  verb.add_option("--output", given->output, "The package to write")
      ->required();
  on(verb, with, [&with, given] { return pack(with, *given); });
}

}  // namespace instar::cli
