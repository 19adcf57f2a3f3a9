// Versions and commits. Mapping files: code_loader.cpp; purging: code_purge.cpp;
// finding modules by name: code_path.cpp.
#include "runtime/code_server.hpp"

#include "runtime/errors.hpp"

#include <fmt/format.h>

namespace instar {
instance* code_server::current(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = modules_.find(name);
  return found == modules_.end() ? nullptr : found->second.current;
}

instance* code_server::old(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = modules_.find(name);
  return found == modules_.end() ? nullptr : found->second.old;
}

instance_pin code_server::pin_current(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = modules_.find(name);
  return found == modules_.end() ? instance_pin()
                                 : instance_pin(found->second.current);
}

std::vector<loaded_module> code_server::all_loaded() const {
  const std::lock_guard lock(mutex_);
  std::vector<loaded_module> found;
  for (const auto& [name, both] : modules_) {
    loaded_module one;
    one.name = name;
    if (both.current != nullptr) {
      one.current_vsn = both.current->vsn;
      one.file = both.current->origin;
      one.current_boxes = both.current->box_count.load();
    }
    if (both.old != nullptr) {
      one.old_vsn = both.old->vsn;
      one.old_boxes = both.old->box_count.load();
    }
    found.push_back(std::move(one));
  }
  return found;
}

void code_server::commit(const code_change_set& changes) {
  const std::lock_guard lock(mutex_);
  const auto replace_current = [](versions& both, instance* next) {
    if (both.current == next)
      return;
    std::erase(both.lingering, next);
    if (both.old != nullptr && both.old != next)
      both.lingering.push_back(both.old);
    both.old = both.current;
    both.current = next;
  };
  for (auto* next : changes.load)
    replace_current(modules_[next->name], next);
  for (const auto& name : changes.remove)
    replace_current(modules_[name], nullptr);
  publish();
}

/// Makes the export table anew. Under the mutex.
void code_server::publish() {
  auto table = std::make_unique<export_table>();
  table->functions.resize(slots_.size());
  for (const auto& [key, slot] : slots_) {
    const auto& [module, name, signature] = key;
    const auto found = modules_.find(module);
    if (found == modules_.end() || found->second.current == nullptr)
      continue;
    const auto& about = found->second.current->descriptor;
    for (std::uint32_t i = 0; i < about.function_count; ++i) {
      const auto& row = about.functions[i];
      if (name == row.name && signature == row.signature)
        table->functions[slot] = about.addresses()[i];
    }
  }
  exports_.store(table.get(), std::memory_order_seq_cst);
  tables_.push_back(std::move(table));
}

result<> code_server::delete_module(std::string_view name) {
  {
    const std::lock_guard lock(mutex_);
    INSTAR_TRY(check_not_sticky(name));
    const auto found = modules_.find(name);
    if (found == modules_.end() || found->second.current == nullptr) {
      return failure(errc::no_such_module,
                     fmt::format("module {} is not loaded", name));
    }
    if (found->second.old != nullptr) {
      return failure(errc::old_processes,
                     fmt::format("{} has old code, {}: purge it first", name,
                                 found->second.old->vsn));
    }
  }
  commit({{}, {std::string(name)}});
  return {};
}

result<function_address> code_server::function(std::string_view module,
                                               std::string_view name,
                                               std::string_view signature) {
  INSTAR_TRY_ASSIGN(const auto pin, use(module));
  const auto* found = pin.get();
  const auto& about = found->descriptor;
  for (std::uint32_t i = 0; i < about.function_count; ++i) {
    const auto& row = about.functions[i];
    if (name != row.name)
      continue;
    if (signature != row.signature) {
      return failure(errc::undef, fmt::format("{}:{} is {}, not {}", module,
                                              name, row.signature, signature));
    }
    return about.addresses()[i];
  }
  return failure(errc::undef, fmt::format("{} {} exports no function {}",
                                          module, found->vsn, name));
}

}  // namespace instar
