// Packages and nodes for the tests of releases on disk.
#pragma once

#include "base/file_system.hpp"
#include "release_handler/releases_file.hpp"

#include <map>
#include <string>
#include <vector>

namespace instar::release_handler::test {

/// A folder that is removed with its contents.
class temporary_folder {
public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  const path& where() const { return path_; }

private:
  path path_;
};

/// A release `counterd` of these applications.
struct sample {
  std::string vsn;
  std::vector<lib_id> libs;
  std::string runtime = {};
};

std::string release_yaml(const sample& what);

/// Puts lib/ and releases/ of `what` below `at`, with a module file per
/// application; what is there already is replaced.
void put_release(file_system& files, const path& at, const sample& what);

/// Adds a right MANIFEST to the package folder `at`.
void put_manifest(file_system& files, const path& at);

/// Everything below `at`: paths and bytes; folders have a final slash.
std::map<std::string, std::string> tree_of(file_system& files, const path& at);

/// One entry of an archive made by hand.
struct entry {
  std::string name;
  std::string bytes = {};
  char kind = 'f';  ///< f: file, d: folder, l: link, h: hard link, p: pipe,
                    ///< c: device
  int mode = 0644;
  std::string target = {};
};

/// Writes a .tar.zst with just these entries, right or wrong.
void put_archive(const path& file, const std::vector<entry>& entries);

/// The files and folders below `at` as entries of an archive.
std::vector<entry> entries_of(file_system& files, const path& at);

}  // namespace instar::release_handler::test
