// Modules by name: which file, loaded when they are first used, and which may not
// be replaced.
#include "runtime/code_server.hpp"
#include "runtime/errors.hpp"
#include "runtime/runtime.hpp"

#include <fmt/format.h>

#include <utility>

namespace instar {
namespace {

/// A module file may be this large.
constexpr std::size_t object_limit_bytes = std::size_t{256} << 20U;

failure not_loaded(std::string_view name) {
  return {errc::no_such_module, fmt::format("module {} is not loaded", name)};
}

}  // namespace

std::string code_server::which(std::string_view name) const {
  const auto pin = pin_current(name);
  return pin.get() == nullptr ? std::string() : pin.get()->origin;
}

result<object_code> code_server::get_object_code(std::string_view name) const {
  const auto pin = pin_current(name);
  const auto* code = pin.get();
  if (code == nullptr)
    return not_loaded(name);
  if (code->file.empty()) {
    return failure(errc::not_supported,
                   fmt::format("module {} is built in", name));
  }
  INSTAR_TRY_ASSIGN(auto bytes,
                    node_.files().read(code->file, object_limit_bytes));
  return object_code{code->name, std::move(bytes), code->origin};
}

result<instance*> code_server::load_binary(const std::string& name,
                                           const path& file,
                                           const std::string& bytes) {
  path given;
  {
    const std::lock_guard lock(mutex_);
    given = spool_ / fmt::format("{}.{}.given", name, ++last_copy_);
  }
  INSTAR_TRY(node_.files().make_folders(spool_));
  INSTAR_TRY(node_.files().write(given, bytes));
  auto made = load_as(given, file);
  if (auto gone = node_.files().remove(given); !gone)
    node_.log(log_level::warning, gone.error().message());
  if (!made)
    return made;
  auto* code = *made;
  const auto refused = [&](failure why) -> result<instance*> {
    INSTAR_TRY(unload(code));
    return why;
  };
  if (code->name != name) {
    return refused(
        {errc::bad_module, fmt::format("{} is module {}, not {}", file.string(),
                                       code->name, name)});
  }
  if (auto fits = check_imports(*code, {}); !fits)
    return refused(fits.error());
  return make_current(code);
}

void code_server::set_code_path(code_mode mode, std::vector<path> folders) {
  const std::lock_guard lock(mutex_);
  mode_ = mode;
  code_path_ = std::move(folders);
}

code_mode code_server::mode() const {
  const std::lock_guard lock(mutex_);
  return mode_;
}

result<instance_pin> code_server::use(std::string_view name) {
  auto pin = pin_current(name);
  if (pin.get() != nullptr)
    return pin;
  std::vector<path> folders;
  {
    const std::lock_guard lock(mutex_);
    if (mode_ == code_mode::embedded)
      return not_loaded(name);
    // Deleted, and its old code still runs: that is to be purged first.
    const auto found = modules_.find(name);
    if (found != modules_.end() && found->second.old != nullptr)
      return not_loaded(name);
    folders = code_path_;
  }
  const std::lock_guard one_at_a_time(use_mutex_);
  pin = pin_current(name);  // another one may have loaded it meanwhile
  if (pin.get() != nullptr)
    return pin;
  for (const auto& folder : folders) {
    const auto file = folder / fmt::format("{}.so", name);
    if (node_.files().kind(file) == file_kind::missing)
      continue;
    INSTAR_TRY_ASSIGN(const auto* made, load_file(file));
    if (made->name != name) {
      return failure(errc::bad_module, fmt::format("{} holds module {}",
                                                   file.string(), made->name));
    }
    return pin_current(name);
  }
  return failure(errc::no_such_module,
                 fmt::format("module {} is not loaded and in no folder of the "
                             "code path",
                             name));
}

void code_server::stick(std::string_view name) {
  const std::lock_guard lock(mutex_);
  sticky_.emplace(name);
}

void code_server::unstick(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = sticky_.find(name);
  if (found != sticky_.end())
    sticky_.erase(found);
}

bool code_server::is_sticky(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  return sticky_.contains(name);
}

/// Under the mutex.
result<> code_server::check_not_sticky(std::string_view name) const {
  if (!sticky_.contains(name))
    return {};
  return failure(errc::sticky_directory,
                 fmt::format("module {} is sticky: it can be neither loaded "
                             "anew nor deleted",
                             name));
}

}  // namespace instar
