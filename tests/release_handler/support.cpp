#include "tests/release_handler/support.hpp"

#include "release_handler/manifest.hpp"
#include "release_handler/package.hpp"
#include "tests/support/result.hpp"

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

namespace instar::release_handler::test {
namespace {

namespace fs = boost::filesystem;
constexpr std::uint64_t limit = 1 << 20;

void put(file_system& files, const path& file, std::string_view bytes) {
  REQUIRE(files.make_folders(file.parent_path()));
  REQUIRE(files.write(file, bytes));
}

}  // namespace

temporary_folder::temporary_folder()
    : path_(fs::temp_directory_path() /
            fs::unique_path("instar-%%%%%%%%%%%%")) {
  fs::create_directory(path_);
}

temporary_folder::~temporary_folder() {
  boost::system::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string release_yaml(const sample& what) {
  auto text = fmt::format("release: counterd\nvsn: \"{}\"\n", what.vsn);
  if (!what.runtime.empty()) {
    text += fmt::format("runtime: \"{}\"\n", what.runtime);
  }
  text += "applications:\n";
  for (const auto& lib : what.libs) {
    text += fmt::format("  - {}: \"{}\"\n", lib.name, lib.vsn);
  }
  return text;
}

void put_release(file_system& files, const path& at, const sample& what) {
  REQUIRE(files.make_folders(at / "lib"));
  for (const auto& lib : what.libs) {
    const auto folder = at / "lib" / lib.folder_name();
    put(files, folder / "app.yaml",
        fmt::format("application: {}\nvsn: \"{}\"\nmodules: [{}]\n", lib.name,
                    lib.vsn, lib.name));
    put(files, folder / "modules" / (lib.name + ".so"),
        "the code of " + lib.folder_name());
  }
  if (!what.runtime.empty()) {
    put(files, at / ("runtime-" + what.runtime) / "bin" / "instar",
        "the runtime " + what.runtime);
  }
  put(files, at / "releases" / what.vsn / "release.yaml", release_yaml(what));
}

void put_manifest(file_system& files, const path& at) {
  manifest hashes;
  const auto found = contents_of(files, at, {}).value();
  for (const auto& file : found.files) {
    if (file == "MANIFEST")
      continue;
    hashes[file] = sha256(files.read(at / file, limit).value());
  }
  REQUIRE(files.write(at / "MANIFEST", write_manifest(hashes)));
}

std::map<std::string, std::string> tree_of(file_system& files, const path& at) {
  std::map<std::string, std::string> tree;
  if (files.kind(at) != file_kind::folder)
    return tree;
  const auto found = contents_of(files, at, {}).value();
  for (const auto& folder : found.folders)
    tree[folder + "/"];
  for (const auto& file : found.files) {
    tree[file] = files.read(at / file, limit).value();
  }
  return tree;
}

void put_archive(const path& file, const std::vector<entry>& entries) {
  archive* to = archive_write_new();
  REQUIRE(archive_write_set_format_pax_restricted(to) == ARCHIVE_OK);
  REQUIRE(archive_write_add_filter_zstd(to) == ARCHIVE_OK);
  REQUIRE(archive_write_open_filename(to, file.c_str()) == ARCHIVE_OK);
  for (const auto& one : entries) {
    archive_entry* made = archive_entry_new();
    archive_entry_set_pathname_utf8(made, one.name.c_str());
    archive_entry_set_perm(made, static_cast<mode_t>(one.mode));
    archive_entry_set_filetype(made, one.kind == 'd'   ? AE_IFDIR
                                     : one.kind == 'l' ? AE_IFLNK
                                     : one.kind == 'p' ? AE_IFIFO
                                     : one.kind == 'c' ? AE_IFCHR
                                                       : AE_IFREG);
    if (one.kind == 'l')
      archive_entry_set_symlink(made, one.target.c_str());
    if (one.kind == 'h')
      archive_entry_set_hardlink(made, one.target.c_str());
    const auto size = one.kind == 'f' ? one.bytes.size() : 0;
    archive_entry_set_size(made, static_cast<la_int64_t>(size));
    REQUIRE(archive_write_header(to, made) == ARCHIVE_OK);
    if (size > 0) {
      REQUIRE(archive_write_data(to, one.bytes.data(), size) ==
              static_cast<la_ssize_t>(size));
    }
    archive_entry_free(made);
  }
  REQUIRE(archive_write_free(to) == ARCHIVE_OK);
}

std::vector<entry> entries_of(file_system& files, const path& at) {
  std::vector<entry> entries;
  for (const auto& [name, bytes] : tree_of(files, at)) {
    entries.push_back({name, bytes, name.ends_with('/') ? 'd' : 'f'});
  }
  return entries;
}

}  // namespace instar::release_handler::test
