// Mapping module files. Nothing else in the project calls dlopen, but for the
// libraries that they share.
//
// ld.so finds a library that it has by its name first, and by its inode second:
// so each copy has a name that was never used before, on disk until it is
// unloaded (debuggers read it there), and everything is checked on the copy.
#include "module/elf_file.hpp"
#include "module/module_check.hpp"
#include "module/type_walk.hpp"
#include "runtime/code_server.hpp"
#include "runtime/errors.hpp"
#include "runtime/module.hpp"
#include "runtime/runtime.hpp"
#include "runtime/type_key.hpp"
#include "runtime/typed_state.hpp"

#include <boost/filesystem/operations.hpp>

#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>

#include <algorithm>
#include <cstring>

namespace instar {
namespace {

namespace fs = boost::filesystem;

bool is_mapped_at(std::uintptr_t address) {
  struct search {
    std::uintptr_t address;
    bool found;
  } wanted{address, false};
  dl_iterate_phdr(
      [](dl_phdr_info* about, std::size_t, void* data) {
        auto& looked_for = *static_cast<search*>(data);
        looked_for.found =
            looked_for.found || about->dlpi_addr == looked_for.address;
        return 0;
      },
      &wanted);
  return wanted.found;
}

failure refused(const path& file, const std::string& why) {
  return {errc::bad_module, file.string() + ": " + why};
}

}  // namespace

code_server::code_server(runtime& node, path spool, bool scans_before_unload)
    : node_(node),
      spool_(std::move(spool)),
      scans_before_unload_(scans_before_unload),
      libraries_(spool_) {
  const std::lock_guard lock(mutex_);
  publish();
}

code_server::~code_server() {
  for (auto& loaded : instances_) {
    if (loaded->handle == nullptr)
      continue;
    // A module whose messages or handles somebody kept stays mapped: leaking a
    // mapping at exit is harmless, unmapping code in use is not.
    if (is_unused(*loaded) && !loaded->descriptor.pinned) {
      ::dlclose(loaded->handle);
    }
    boost::system::error_code ignored;
    fs::remove(loaded->file, ignored);
  }
}

result<instance*> code_server::load_next(
    const path& file, const std::vector<instance*>& together) {
  INSTAR_TRY_ASSIGN(auto* made, load_unchecked(file));
  if (auto fits = check_imports(*made, together); !fits) {
    INSTAR_TRY(unload(made));
    return fits.error();
  }
  return made;
}

result<instance*> code_server::load_unchecked(const path& file) {
  return load_as(file, file);
}

result<instance*> code_server::load_as(const path& file, const path& origin) {
  // Reading the original first gives the name for the copy; the copy is what is
  // checked and mapped.
  INSTAR_TRY_ASSIGN(const auto first_look,
                    module_file::read_elf(node_.files(), file));
  const auto stem =
      first_look.note
          ? fmt::format("{}-{}", first_look.note->name, first_look.note->vsn)
          : file.stem().string();
  path copy;
  {
    const std::lock_guard lock(mutex_);
    copy = spool_ / fmt::format("{}.{}.so", stem, ++last_copy_);
  }
  boost::system::error_code error;
  fs::create_directories(spool_, error);
  if (!error)
    fs::copy_file(file, copy, error);
  if (error) {
    return failure(error, fmt::format("copy {} to {}: {}", file.string(),
                                      copy.string(), error.message()));
  }
  struct remover {
    path file;
    bool keep = false;
    ~remover() {
      boost::system::error_code ignored;
      if (!keep)
        fs::remove(file, ignored);
    }
  } cleanup{copy};

  INSTAR_TRY_ASSIGN(const auto about,
                    module_file::read_elf(node_.files(), copy));
  module_file::check_policy policy;
  policy.pinned = about.descriptor && about.descriptor->pinned;
  for (auto& name : libraries_.names())
    policy.allowed_libraries.push_back(std::move(name));
  const auto verdict = module_file::check_module(about, policy);
  INSTAR_TRY(module_file::refuse(verdict, origin));
  for (const auto& warning : verdict.warnings) {
    node_.log(log_level::warning, origin.string() + ": " + warning);
  }
  {
    const std::lock_guard lock(mutex_);
    INSTAR_TRY(check_not_sticky(about.note->name));
    for (const auto& loaded : instances_) {
      if (loaded->build_id == about.build_id &&
          loaded->name == about.note->name && loaded->vsn == about.note->vsn) {
        return loaded.get();
      }
    }
  }
  INSTAR_TRY_ASSIGN(auto* made, map(copy, origin, about.build_id));
  cleanup.keep = true;
  bind(*made);
  return made;
}

result<instance*> code_server::map(const path& copy, const path& origin,
                                   const std::string& build_id) {
  void* handle = ::dlopen(copy.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr)
    return refused(origin, ::dlerror());
  struct closer {
    void* handle;
    ~closer() {
      if (handle != nullptr)
        ::dlclose(handle);
    }
  } cleanup{handle};
  const auto* about =
      static_cast<const module_descriptor*>(::dlsym(handle, descriptor_symbol));
  if (about == nullptr || about->size != sizeof(module_descriptor) ||
      about->version != descriptor_version) {
    return refused(origin, "the descriptor is of another version of instar");
  }
  if (about->state != nullptr) {
    const auto mismatch = offset_mismatch(*about->state);
    if (!mismatch.empty())
      return refused(origin, mismatch);
  }
  auto made = std::make_unique<instance>(*about);
  made->name = about->name;
  made->vsn = about->vsn;
  made->build_id = build_id;
  made->file = copy.string();
  made->origin = origin.string();
  made->handle = std::exchange(cleanup.handle, nullptr);
  link_map* map = nullptr;
  ::dlinfo(handle, RTLD_DI_LINKMAP, &map);
  made->load_address = map->l_addr;
  const std::lock_guard lock(mutex_);
  instances_.push_back(std::move(made));
  return instances_.back().get();
}

result<> code_server::check_imports(
    const instance& loaded, const std::vector<instance*>& together) const {
  const auto& module = loaded.descriptor;
  for (std::uint32_t i = 0; i < module.import_count; ++i) {
    const auto& wanted = module.imports[i];
    const instance* provider = current(wanted.module);
    for (const auto* other : together) {
      if (other->name == wanted.module)
        provider = other;
    }
    if (provider == nullptr)
      continue;  // loaded later: found, or undef, then
    const auto& about = provider->descriptor;
    const exported_function* found = nullptr;
    for (std::uint32_t k = 0; k < about.function_count; ++k) {
      if (std::strcmp(about.functions[k].name, wanted.name) == 0)
        found = &about.functions[k];
    }
    if (found == nullptr) {
      return failure(errc::undef,
                     fmt::format("{} {} imports {}:{}, which {} {} does not "
                                 "export",
                                 module.name, module.vsn, wanted.module,
                                 wanted.name, provider->name, provider->vsn));
    }
    if (std::strcmp(found->signature, wanted.signature) != 0) {
      return failure(errc::undef,
                     fmt::format("{} {} imports {}:{} as {}, but {} {} exports "
                                 "it as {}",
                                 module.name, module.vsn, wanted.module,
                                 wanted.name, wanted.signature, provider->name,
                                 provider->vsn, found->signature));
    }
  }
  return {};
}

/// Tells a new instance who it is, where its imports stand, and which handler
/// is for which message.
void code_server::bind(instance& loaded) {
  const auto& about = loaded.descriptor;
  if (loaded.handle != nullptr && about.instance_slot != nullptr)
    *about.instance_slot = &loaded;
  const auto handlers = handlers_of(about);
  for (std::uint32_t i = 0; i < handlers.count; ++i) {
    const auto& entry = handlers.first[i];
    loaded.add_handler(intern(*entry.message).id,
                       static_cast<std::size_t>(entry.kind), &entry);
  }
  const std::lock_guard lock(mutex_);
  for (std::uint32_t i = 0; i < about.import_count; ++i) {
    const auto& wanted = about.imports[i];
    const auto next = static_cast<std::uint32_t>(slots_.size());
    *wanted.slot =
        slots_.try_emplace({wanted.module, wanted.name, wanted.signature}, next)
            .first->second;
  }
}

result<instance*> code_server::load_file(const path& file) {
  INSTAR_TRY_ASSIGN(auto* made, load_next(file));
  return make_current(made);
}

result<instance*> code_server::make_current(instance* made) {
  // Going back to what is old keeps it, and nothing is purged.
  if (auto* old_code = old(made->name);
      old_code != nullptr && old_code != made && current(made->name) != made) {
    if (auto gone = soft_purge(made->name); !gone) {
      INSTAR_TRY(unload(made));
      return gone.error();
    }
  }
  commit({{made}, {}});
  return made;
}

result<instance*> code_server::add_builtin(const module_descriptor& module) {
  auto made = std::make_unique<instance>(module);
  made->name = module.name;
  made->vsn = module.vsn;
  made->origin = "built in";
  auto* raw = made.get();
  {
    const std::lock_guard lock(mutex_);
    instances_.push_back(std::move(made));
  }
  bind(*raw);
  return raw;
}

result<> code_server::unload(instance* gone) {
  if (!is_unused(*gone)) {
    return failure(errc::old_processes,
                   fmt::format("{} {} is still in use", gone->name, gone->vsn));
  }
  std::unique_ptr<instance> owned;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [name, both] : modules_) {
      if (both.current == gone || both.old == gone ||
          std::find(both.lingering.begin(), both.lingering.end(), gone) !=
              both.lingering.end()) {
        return {};
      }
    }
    for (auto& one : instances_) {
      if (one.get() != gone)
        continue;
      owned = std::move(one);
      break;
    }
    std::erase(instances_, nullptr);
  }
  if (owned == nullptr || owned->handle == nullptr)
    return {};
  ::dlclose(owned->handle);
  boost::system::error_code ignored;
  fs::remove(owned->file, ignored);
  if (is_mapped_at(owned->load_address)) {
    // Mapped for ever now, with nothing to reach it by: named, never used
    // again.
    return failure(errc::bad_module,
                   fmt::format("{} {} could not be unloaded: something in it "
                               "keeps it mapped",
                               owned->name, owned->vsn));
  }
  return {};
}

}  // namespace instar
