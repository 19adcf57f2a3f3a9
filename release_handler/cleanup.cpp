#include "release_handler/cleanup.hpp"

#include "base/names.hpp"

#include <algorithm>

namespace instar::release_handler {
namespace {

constexpr std::string_view prefix = ".cleanup-";
constexpr std::string_view lib_prefix = "lib/";
constexpr std::string_view release_prefix = "releases/";
constexpr std::string_view runtime_prefix = "runtime-";
constexpr std::uint64_t limit_bytes = 1U << 20U;

path note_of(const path& root, std::string_view vsn) {
  return root / "releases" / (std::string(prefix) + std::string(vsn));
}

// Only what a release can be made of is ever deleted.
bool is_of_a_release(std::string_view one) {
  if (one.starts_with(lib_prefix)) {
    return to_lib_id(one.substr(lib_prefix.size())).has_value();
  }
  if (one.starts_with(release_prefix)) {
    return is_valid_vsn(one.substr(release_prefix.size()));
  }
  return one.starts_with(runtime_prefix) &&
         is_valid_vsn(one.substr(runtime_prefix.size()));
}

bool uses(const release_record& release, std::string_view one) {
  if (one.starts_with(release_prefix)) {
    return one.substr(release_prefix.size()) == release.vsn;
  }
  if (one.starts_with(runtime_prefix)) {
    return one.substr(runtime_prefix.size()) == release.runtime;
  }
  return std::any_of(
      release.libs.begin(), release.libs.end(), [&](const lib_id& lib) {
        return one.substr(lib_prefix.size()) == lib.folder_name();
      });
}

result<> delete_unused(file_system& files, const path& root,
                       std::string_view one,
                       std::span<const release_record> releases) {
  const bool used = std::any_of(
      releases.begin(), releases.end(),
      [&](const release_record& release) { return uses(release, one); });
  const auto gone = root / std::string(one);
  if (used || files.kind(gone) == file_kind::missing)
    return {};
  INSTAR_TRY(files.remove_all(gone));
  return files.sync(gone.parent_path());
}

result<> carry_out(file_system& files, const path& root, std::string_view vsn,
                   std::span<const release_record> releases) {
  INSTAR_TRY_ASSIGN(const auto text,
                    files.read(note_of(root, vsn), limit_bytes));
  std::string_view left = text;
  while (!left.empty()) {
    const auto end = left.find('\n');
    const auto one = left.substr(0, end);
    if (is_of_a_release(one)) {
      INSTAR_TRY(delete_unused(files, root, one, releases));
    }
    if (end == std::string_view::npos)
      break;
    left.remove_prefix(end + 1);
  }
  return forget_cleanup(files, root, vsn);
}

}  // namespace

result<> note_cleanup(file_system& files, const path& root,
                      const cleanup& what) {
  std::string text;
  for (const auto& one : what.paths)
    text += one + "\n";
  return replace_file(files, note_of(root, what.vsn), text);
}

result<> forget_cleanup(file_system& files, const path& root,
                        std::string_view vsn) {
  INSTAR_TRY(files.remove(note_of(root, vsn)));
  return files.sync(root / "releases");
}

bool has_cleanup(file_system& files, const path& root, std::string_view vsn) {
  return files.kind(note_of(root, vsn)) == file_kind::regular;
}

result<> carry_out_cleanups(file_system& files, const path& root,
                            std::span<const release_record> releases) {
  INSTAR_TRY_ASSIGN(const auto names, files.list(root / "releases"));
  for (const auto& name : names) {
    const std::string_view shown = name;
    if (!shown.starts_with(prefix))
      continue;
    const auto vsn = shown.substr(prefix.size());
    if (!is_valid_vsn(vsn) || shown.ends_with(".new"))
      continue;
    INSTAR_TRY(carry_out(files, root, vsn, releases));
  }
  return {};
}

}  // namespace instar::release_handler
