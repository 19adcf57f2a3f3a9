// Verbs on releases that no process notices.
#include "cli/arguments.hpp"
#include "cli/targets.hpp"
#include "cli/verbs.hpp"

#include <boost/filesystem/operations.hpp>

#include <memory>
#include <utility>

namespace instar::cli {
namespace {

question change(const std::string& vsn, const char* verb, std::string done) {
  question what;
  what.request.method = "POST";
  what.request.target = release_target(vsn, verb);
  what.request.changes = true;
  what.show = [done = std::move(done)](const boost::json::object&) {
    return done;
  };
  return what;
}

/// A verb that needs nothing but the version, and says `VSN SAYS` when done.
void add_change(CLI::App& parent, session& with, const char* name,
                const char* description, const char* says) {
  auto& verb = add_verb(parent, name, description,
                        std::string("instar release ") + name + " 1.0");
  const auto vsn = std::make_shared<std::string>();
  add_vsn(verb, *vsn);
  on(verb, with, [&with, vsn, name, says] {
    return ask(with, change(*vsn, name, *vsn + ' ' + says + '\n'));
  });
}

}  // namespace

void add_release_set_unpacked(CLI::App& parent, session& with) {
  add_change(parent, with, "set-unpacked",
             "Takes up a release whose files someone put into releases/VSN and "
             "lib/",
             "is unpacked");
}

void add_release_set_removed(CLI::App& parent, session& with) {
  add_change(parent, with, "set-removed",
             "Forgets a release and keeps its files", "is forgotten");
}

void add_release_reboot(CLI::App& parent, session& with) {
  add_change(parent, with, "reboot",
             "Makes an old release permanent and stops the node, which starts "
             "with it; memory and connections end",
             "is permanent; the node stops, and starts with it");
}

void add_release_install_file(CLI::App& parent, session& with) {
  auto& verb = add_verb(parent, "install-file",
                        "Copies a file, as a relup.yaml, into a release",
                        "instar release install-file 1.1 relup.yaml");
  struct arguments {
    std::string vsn;
    std::string file;
  };
  const auto given = std::make_shared<arguments>();
  add_vsn(verb, given->vsn);
  verb.add_option("FILE", given->file, "The file")->required();
  on(verb, with, [&with, given] {
    // The node has another working folder than we have.
    const auto file = boost::filesystem::absolute(given->file);
    auto what = change(
        given->vsn, "install-file",
        file.filename().string() + " is in release " + given->vsn + '\n');
    what.request.body = boost::json::object{{"path", file.string()}};
    return ask(with, std::move(what));
  });
}

}  // namespace instar::cli
