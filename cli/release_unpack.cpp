#include "cli/arguments.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

#include <boost/filesystem/operations.hpp>

#include <memory>

namespace instar::cli {

void add_release_unpack(CLI::App& parent, session& with) {
  auto& verb = add_verb(parent, "unpack",
                        "Brings a package, a .tar.zst or a folder, to the node",
                        "instar release unpack kv-1.1.tar.zst");
  const auto file = std::make_shared<std::string>();
  verb.add_option("FILE", *file, "The package")->required();
  on(verb, with, [&with, file] {
    question what;
    // The node has another working folder than we have; on another machine,
    // other files.
    const auto package =
        with.at.is_tcp() ? *file : boost::filesystem::absolute(*file).string();
    what.request = {"POST", "/v1/releases/unpack", {{"path", package}}, true,
                    true,   std::nullopt};
    what.show = [](const boost::json::object& body) {
      return "unpacked " + field(body, "vsn") + '\n';
    };
    return ask(with, std::move(what));
  });
}

}  // namespace instar::cli
