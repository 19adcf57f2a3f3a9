#include "cli/arguments.hpp"
#include "cli/verbs.hpp"
#include "release_handler/folder_lock.hpp"
#include "release_handler/release_store.hpp"

#include <boost/filesystem/operations.hpp>

#include <fmt/format.h>

#include <memory>

namespace instar::cli {
namespace {

result<> create(const path& root, const std::string& vsn) {
  real_file_system files;
  INSTAR_TRY(files.make_folders(root / "run"));
  INSTAR_TRY_ASSIGN(const auto lock, release_handler::folder_lock::take(root));
  return release_handler::release_store::create_RELEASES(files, root, vsn);
}

}  // namespace

void add_release_create_list(CLI::App& parent, session& with) {
  auto& verb = add_verb(parent, "create-RELEASES",
                        "Writes the RELEASES.yaml of a node that does not run "
                        "anew: one release, the permanent one",
                        "instar release create-RELEASES /srv/kv 1.0\n"
                        "instar release set-unpacked 1.1");
  struct arguments {
    std::string root;
    std::string vsn;
  };
  const auto given = std::make_shared<arguments>();
  verb.add_option("ROOT", given->root, "The node's folder")->required();
  add_vsn(verb, given->vsn);
  on(verb, with, [&with, given] {
    const auto root = boost::filesystem::absolute(given->root);
    if (auto done = create(root, given->vsn); !done)
      return report(with, done.error());
    if (with.json) {
      print_json(boost::json::object{{"ok", true}, {"vsn", given->vsn}});
    } else {
      print(fmt::format("{} is the permanent release of {}\n", given->vsn,
                        root.string()));
    }
    return exit_code::done;
  });
}

}  // namespace instar::cli
