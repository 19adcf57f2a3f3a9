#include "cli/arguments.hpp"
#include "cli/verbs.hpp"
#include "module/abi.hpp"

namespace instar::cli {

void add_version(CLI::App& root, session& with) {
  auto& verb = add_verb(root, "version", "The version of instar, and its ABI",
                        "instar version --json");
  on(verb, with, [&with] {
    if (with.json) {
      print_json(boost::json::object{{"version", INSTAR_VERSION},
                                     {"abi_tag", INSTAR_ABI_TAG}});
    } else {
      print("instar " INSTAR_VERSION "\nABI " INSTAR_ABI_TAG "\n");
    }
    return exit_code::done;
  });
}

}  // namespace instar::cli
