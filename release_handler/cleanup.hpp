// Notes of what is to be deleted, so that a crash leaves no file that no
// release has: `releases/.cleanup-VSN` lists, one a line, the paths that go
// unless a release uses them. An unpacking writes it before it moves anything
// into place, a removal before it changes RELEASES.yaml; in both RELEASES.yaml
// decides. One thread at a time.
#pragma once

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "release_handler/releases_file.hpp"

#include <span>
#include <string>
#include <vector>

namespace instar::release_handler {

struct cleanup {
  /// The release whose unpacking or removal it is about.
  std::string vsn;
  /// In the node's folder: lib/APP-VSN, releases/VSN or runtime-VSN.
  std::vector<std::string> paths;
};

/// Makes the note durable. Errors: the system's.
result<> note_cleanup(file_system& files, const path& root,
                      const cleanup& what);

/// Removes the note alone: what it lists stays.
result<> forget_cleanup(file_system& files, const path& root,
                        std::string_view vsn);

bool has_cleanup(file_system& files, const path& root, std::string_view vsn);

/// Carries out every note: deletes each path that none of `releases` uses, then
/// the note. After a failure the rest is still noted.
result<> carry_out_cleanups(file_system& files, const path& root,
                            std::span<const release_record> releases);

}  // namespace instar::release_handler
