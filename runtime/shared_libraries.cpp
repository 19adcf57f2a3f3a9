#include "runtime/shared_libraries.hpp"

#include "module/elf_file.hpp"
#include "module/errors.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

namespace instar {
namespace {

failure refused(const path& file, const std::string& why) {
  return {module_file::errc::bad_dependency, file.string() + ": " + why};
}

}  // namespace

result<> shared_libraries::use(file_system& files, const path& file) {
  const std::lock_guard lock(mutex_);
  INSTAR_TRY_ASSIGN(const std::string bytes,
                    files.read(file, module_file::most_file_bytes));
  const auto about = module_file::parse_elf(bytes);
  if (!about)
    return failure(about.error().code,
                   file.string() + ": " + about.error().context);
  if (about->soname.empty() || about->build_id.empty()) {
    return refused(file,
                   "a shared library needs a name and a build id: link it with "
                   "-Wl,-soname,NAME and -Wl,--build-id");
  }
  const auto known = libraries_.find(about->soname);
  if (known != libraries_.end()) {
    if (known->second.build_id == about->build_id)
      return {};
    return refused(
        file, fmt::format("{} is in use from {}, in another build: a node has "
                          "one version of a shared library until it restarts",
                          about->soname,
                          known->second.origin.empty() ? "the system"
                                                       : known->second.origin));
  }
  // On a copy, as modules are: what is mapped must not change under it.
  const auto copy = spool_ / about->soname;
  INSTAR_TRY(files.make_folders(spool_));
  INSTAR_TRY(files.write(copy, bytes));
  if (::dlopen(copy.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr)
    return refused(file, ::dlerror());
  libraries_.emplace(about->soname, library{about->build_id, file.string()});
  return {};
}

void shared_libraries::allow(const std::string& name) {
  const std::lock_guard lock(mutex_);
  libraries_.try_emplace(name);
}

std::vector<std::string> shared_libraries::names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> found;
  for (const auto& [name, about] : libraries_)
    found.push_back(name);
  return found;
}

}  // namespace instar
