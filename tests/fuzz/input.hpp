// What the fuzz targets do with one input, and the replay of their corpus too.
// An input is a text that holds several files, each below a line with its name:
//
//   --- lib/a-1.0/app.yaml
//   application: a
//
// Each function throws std::logic_error where the code under test breaks its
// word; a crash, a leak or a hang is for the sanitizers. One thread.
#pragma once

#include "tests/support/memory_file_system.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace instar::test {

/// An input's files: `files` holds them, `names` are in the order of the input.
/// A name that no file system would take, or that is too long, is left out.
struct fuzz_input {
  memory_file_system files;
  std::vector<std::string> names;
};
fuzz_input split_input(std::string_view bytes);

/// Each file is read as the manifest that its name says. A relup that can be
/// read is written and read again.
void try_manifests(std::string_view bytes);

/// A relup from old.yaml (and older.yaml) to new.yaml and back, the applications
/// in lib/. It is written and read again, and each appup is checked by itself
/// and against the other versions. A file `restart_emulator`,
/// `warnings_as_errors`, `chain` or `explain` is the option of that name.
void try_translator(std::string_view bytes);

/// A package. Its first line is `tar`, and the rest a tar archive, the checksums
/// of whose headers are mended first; `manifest`, and the rest a MANIFEST;
/// `keys`, and the rest a signature or key; else all of it is the archive.
void try_packages(std::string_view bytes);

}  // namespace instar::test
