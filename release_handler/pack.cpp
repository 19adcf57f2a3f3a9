#include "release_handler/pack.hpp"

#include "appup/reader.hpp"
#include "release_handler/archive.hpp"
#include "release_handler/errors.hpp"
#include "release_handler/manifest.hpp"
#include "release_handler/package.hpp"

#include <boost/filesystem/operations.hpp>

#include <map>
#include <set>
#include <string>

namespace instar::release_handler {
namespace {

namespace fs = boost::filesystem;

bool is_executable(const path& file) {
  boost::system::error_code code;
  return (fs::status(file, code).permissions() & fs::owner_exe) != 0;
}

// What goes into a package: each path in it, and where its bytes are now.
class contents {
public:
  contents(file_system& files, const package_limits& limits)
      : files_(files), limits_(limits) {}

  result<> add_folder(const std::string& inside, const path& from) {
    INSTAR_TRY_ASSIGN(const auto found, contents_of(files_, from, limits_));
    folders_.insert(inside);
    for (const auto& one : found.folders)
      folders_.insert(inside + "/" + one);
    for (const auto& one : found.files) {
      INSTAR_TRY(add_file(inside + "/" + one, from / one));
    }
    return {};
  }

  result<> add_file(const std::string& inside, const path& from) {
    INSTAR_TRY(package_entry_path(inside, limits_));
    sources_.emplace(inside, from);
    return {};
  }

  void add_empty_folder(const std::string& inside) { folders_.insert(inside); }

  result<> write(archive_writer& to) {
    INSTAR_TRY_ASSIGN(const auto hashes, hash_all());
    INSTAR_TRY(to.add_file("MANIFEST", write_manifest(hashes), false));
    for (const auto& folder : folders_)
      INSTAR_TRY(to.add_folder(folder));
    for (const auto& [inside, from] : sources_) {
      INSTAR_TRY_ASSIGN(const auto bytes,
                        files_.read(from, limits_.file_bytes));
      if (sha256(bytes) != hashes.at(inside)) {
        return failure(errc::package_hash,
                       from.string() + " changed while it was packed");
      }
      INSTAR_TRY(to.add_file(inside, bytes, is_executable(from)));
    }
    return {};
  }

private:
  result<manifest> hash_all() {
    manifest hashes;
    for (const auto& [inside, from] : sources_) {
      INSTAR_TRY_ASSIGN(const auto bytes,
                        files_.read(from, limits_.file_bytes));
      hashes[inside] = sha256(bytes);
    }
    return hashes;
  }

  file_system& files_;
  const package_limits& limits_;
  std::set<std::string> folders_;
  std::map<std::string, path> sources_;
};

result<contents> collect(file_system& files, const pack_options& options) {
  INSTAR_TRY_ASSIGN(const auto release,
                    appup::read_release(files, options.release_file));
  contents all(files, options.limits);
  const auto inside = "releases/" + release.vsn;
  all.add_empty_folder("releases");
  all.add_empty_folder(inside);
  INSTAR_TRY(all.add_file(inside + "/release.yaml", options.release_file));
  for (const auto* name : {"relup.yaml", "config.yaml"}) {
    const auto from = options.release_file.parent_path() / name;
    if (files.kind(from) == file_kind::missing)
      continue;
    INSTAR_TRY(all.add_file(inside + "/" + name, from));
  }
  all.add_empty_folder("lib");
  for (const auto& lib : libs_of(release)) {
    INSTAR_TRY_ASSIGN(const auto from,
                      find_lib(files, lib, options.lib_folders));
    INSTAR_TRY(all.add_folder("lib/" + lib.folder_name(), from));
  }
  if (options.runtime_folder) {
    if (release.runtime.empty()) {
      return failure(errc::bad_release_file,
                     options.release_file.string() +
                         ": a runtime is to be packed, but the release names "
                         "no runtime version");
    }
    INSTAR_TRY(
        all.add_folder("runtime-" + release.runtime, *options.runtime_folder));
  }
  return all;
}

}  // namespace

result<> pack_release(file_system& files, const pack_options& options) {
  INSTAR_TRY_ASSIGN(auto all, collect(files, options));
  INSTAR_TRY_ASSIGN(auto to, archive_writer::open(options.output));
  INSTAR_TRY(all.write(to));
  return to.finish();
}

}  // namespace instar::release_handler
