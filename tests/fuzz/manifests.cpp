#include "release_handler/node_config.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/promises.hpp"

namespace instar::test {
namespace {

template <class Read>
void try_reader(Read read, file_system& files, const path& file) {
  const auto answer = read(files, file);
  if (!answer)
    check_failure(answer.error(), file.string());
}

}  // namespace

void try_manifests(std::string_view bytes) {
  auto [files, names] = split_input(bytes);
  for (const auto& name : names) {
    const path file(name);
    const auto kind = file.stem().string();
    if (kind == "app") {
      try_reader(appup::read_app, files, file);
    } else if (kind == "appup") {
      try_reader(appup::read_appup, files, file);
    } else if (kind == "release") {
      try_reader(appup::read_release, files, file);
    } else if (kind == "instar") {
      try_reader(release_handler::read_node_config, files, file);
    } else if (kind == "relup") {
      const auto relup = appup::read_relup(files, file);
      if (relup) {
        check_round_trip(*relup);
      } else {
        check_failure(relup.error(), name);
      }
    } else {
      try_reader(appup::read_config, files, file);
    }
  }
}

}  // namespace instar::test
