#include "tests/support/memory_file_system.hpp"

#include <algorithm>
#include <utility>

namespace instar::test {
namespace {

namespace errc = boost::system::errc;

failure failed(errc::errc_t why, std::string_view what, const path& file) {
  const auto code = errc::make_error_code(why);
  return {code,
          std::string(what) + " " + file.string() + ": " + code.message()};
}

// The names of a path, without the root and without ".".
std::vector<std::string> parts(const path& file) {
  std::vector<std::string> names;
  for (const auto& part : file.lexically_normal()) {
    const auto name = part.string();
    if (!name.empty() && name != "/" && name != ".")
      names.push_back(name);
  }
  return names;
}

}  // namespace

memory_file_system::memory_file_system() : root_(std::make_shared<node>()) {
  root_->kind = file_kind::folder;
}

memory_file_system::node_pointer memory_file_system::find(
    const path& file) const {
  node_pointer at = root_;
  for (const auto& name : parts(file)) {
    if (at->kind != file_kind::folder)
      return nullptr;
    const auto entry = at->entries.find(name);
    if (entry == at->entries.end())
      return nullptr;
    at = entry->second;
  }
  return at;
}

result<memory_file_system::node_pointer> memory_file_system::folder_of(
    const path& file, std::string_view what) const {
  auto folder = find(file.lexically_normal().parent_path());
  if (!folder)
    return failed(errc::no_such_file_or_directory, what, file);
  if (folder->kind != file_kind::folder) {
    return failed(errc::not_a_directory, what, file);
  }
  return folder;
}

result<> memory_file_system::step(std::string_view what, const path& file) {
  const auto number = steps_++;
  if (stop_at_ && number >= *stop_at_)
    stopped_ = true;
  if (stopped_)
    return failed(errc::io_error, what, file);
  if (fail_at_ && number == *fail_at_) {
    fail_at_.reset();
    return failed(fail_with_, what, file);
  }
  return {};
}

result<std::string> memory_file_system::read(const path& file,
                                             std::uint64_t limit_bytes) {
  if (stopped_)
    return failed(errc::io_error, "open", file);
  const auto found = find(file);
  if (!found)
    return failed(errc::no_such_file_or_directory, "open", file);
  if (found->kind == file_kind::folder) {
    return failed(errc::is_a_directory, "read", file);
  }
  if (found->bytes.size() > limit_bytes) {
    return failed(errc::file_too_large, "read", file);
  }
  return found->bytes;
}

result<> memory_file_system::put(const path& file, std::string_view bytes,
                                 bool at_end, std::string_view what) {
  const auto allowed = step(what, file);
  INSTAR_TRY_ASSIGN(const auto folder, folder_of(file, what));
  auto& entry = folder->entries[file.filename().string()];
  if (!entry)
    entry = std::make_shared<node>();
  if (entry->kind == file_kind::folder) {
    return failed(errc::is_a_directory, what, file);
  }
  if (!at_end)
    entry->bytes.clear();
  entry->bytes += allowed ? bytes : bytes.substr(0, bytes.size() / 2);
  return allowed;
}

result<> memory_file_system::write(const path& file, std::string_view bytes) {
  if (stopped_)
    return step("write", file);
  return put(file, bytes, false, "write");
}

result<> memory_file_system::append(const path& file, std::string_view bytes) {
  if (stopped_)
    return step("write", file);
  return put(file, bytes, true, "write");
}

result<> memory_file_system::copy_file(const path& from, const path& to) {
  if (stopped_)
    return step("copy to", to);
  INSTAR_TRY_ASSIGN(const auto bytes, read(from, UINT64_MAX));
  return put(to, bytes, false, "copy to");
}

result<> memory_file_system::sync(const path& file_or_folder) {
  INSTAR_TRY(step("fsync", file_or_folder));
  const auto found = find(file_or_folder);
  if (!found) {
    return failed(errc::no_such_file_or_directory, "open", file_or_folder);
  }
  found->durable_bytes = found->bytes;
  found->durable_entries = found->entries;
  std::erase_if(pending_, [&](const pending_rename& one) {
    if (one.from_folder != found && one.to_folder != found)
      return false;
    auto& old_names = one.from_folder->durable_entries;
    const auto old = old_names.find(one.from_name);
    if (old != old_names.end() && old->second == one.moved) {
      old_names.erase(old);
    }
    one.to_folder->durable_entries[one.to_name] = one.moved;
    return true;
  });
  return {};
}

result<> memory_file_system::rename(const path& from, const path& to) {
  INSTAR_TRY(step("rename to", to));
  INSTAR_TRY_ASSIGN(const auto from_folder, folder_of(from, "rename to"));
  INSTAR_TRY_ASSIGN(const auto to_folder, folder_of(to, "rename to"));
  const auto from_name = from.filename().string();
  const auto to_name = to.filename().string();
  const auto entry = from_folder->entries.find(from_name);
  if (entry == from_folder->entries.end()) {
    return failed(errc::no_such_file_or_directory, "rename to", to);
  }
  const auto moved = entry->second;
  const auto there = to_folder->entries.find(to_name);
  if (there != to_folder->entries.end()) {
    if (moved->kind != file_kind::folder &&
        there->second->kind == file_kind::folder) {
      return failed(errc::is_a_directory, "rename to", to);
    }
    if (moved->kind == file_kind::folder &&
        there->second->kind != file_kind::folder) {
      return failed(errc::not_a_directory, "rename to", to);
    }
    if (!there->second->entries.empty()) {
      return failed(errc::directory_not_empty, "rename to", to);
    }
  }
  from_folder->entries.erase(entry);
  to_folder->entries[to_name] = moved;
  if (from_folder != to_folder) {
    pending_.push_back({from_folder, from_name, to_folder, to_name, moved});
  }
  return {};
}

result<> memory_file_system::make_folders(const path& folder) {
  auto at = root_;
  for (const auto& name : parts(folder)) {
    auto entry = at->entries.find(name);
    if (entry == at->entries.end()) {
      INSTAR_TRY(step("make folder", folder));
      entry = at->entries.emplace(name, std::make_shared<node>()).first;
      entry->second->kind = file_kind::folder;
    }
    at = entry->second;
    if (at->kind != file_kind::folder) {
      return failed(errc::not_a_directory, "make folder", folder);
    }
  }
  return {};
}

result<> memory_file_system::remove(const path& file_or_empty_folder) {
  INSTAR_TRY(step("remove", file_or_empty_folder));
  const auto found = find(file_or_empty_folder);
  if (!found) {
    return failed(errc::no_such_file_or_directory, "remove",
                  file_or_empty_folder);
  }
  if (!found->entries.empty()) {
    return failed(errc::directory_not_empty, "remove", file_or_empty_folder);
  }
  INSTAR_TRY_ASSIGN(const auto folder,
                    folder_of(file_or_empty_folder, "remove"));
  folder->entries.erase(file_or_empty_folder.filename().string());
  return {};
}

result<> memory_file_system::remove_tree(node& folder, const std::string& name,
                                         const path& shown) {
  const auto entry = folder.entries.at(name);
  while (!entry->entries.empty()) {
    INSTAR_TRY(remove_tree(*entry, entry->entries.begin()->first,
                           shown / entry->entries.begin()->first));
  }
  INSTAR_TRY(step("remove", shown));
  folder.entries.erase(name);
  return {};
}

result<> memory_file_system::remove_all(const path& tree) {
  if (!find(tree))
    return {};
  INSTAR_TRY_ASSIGN(const auto folder, folder_of(tree, "remove"));
  return remove_tree(*folder, tree.filename().string(), tree);
}

file_kind memory_file_system::kind(const path& file) {
  const auto found = find(file);
  return found ? found->kind : file_kind::missing;
}

result<std::vector<std::string>> memory_file_system::list(const path& folder) {
  if (stopped_)
    return failed(errc::io_error, "list", folder);
  const auto found = find(folder);
  if (!found)
    return failed(errc::no_such_file_or_directory, "list", folder);
  if (found->kind != file_kind::folder) {
    return failed(errc::not_a_directory, "list", folder);
  }
  std::vector<std::string> names;
  for (const auto& entry : found->entries)
    names.push_back(entry.first);
  return names;
}

void memory_file_system::fail_at(std::size_t step, errc::errc_t why) {
  fail_at_ = step;
  fail_with_ = why;
}

void memory_file_system::stop_at(std::size_t step) {
  stop_at_ = step;
}

void memory_file_system::crash(test::crash what) {
  restore(*root_, what);
  pending_.clear();
  fail_at_.reset();
  stop_at_.reset();
  stopped_ = false;
}

void memory_file_system::restore(node& from, test::crash what) {
  if (what != crash::keep_everything)
    from.bytes = from.durable_bytes;
  if (what == crash::lose_unsynced)
    from.entries = from.durable_entries;
  from.durable_bytes = from.bytes;
  from.durable_entries = from.entries;
  for (const auto& entry : from.entries)
    restore(*entry.second, what);
}

void memory_file_system::make_durable(node& from) {
  from.durable_bytes = from.bytes;
  from.durable_entries = from.entries;
  for (const auto& entry : from.entries)
    make_durable(*entry.second);
}

void memory_file_system::sync_all() {
  make_durable(*root_);
  pending_.clear();
}

void memory_file_system::make_other(const path& file, file_kind kind) {
  auto made = std::make_shared<node>();
  made->kind = kind;
  find(file.parent_path())->entries[file.filename().string()] = made;
}

void memory_file_system::collect(const node& from, const std::string& at,
                                 std::map<std::string, std::string>& into) {
  for (const auto& [name, entry] : from.entries) {
    const auto here = at + "/" + name;
    if (entry->kind == file_kind::folder) {
      into[here + "/"];
      collect(*entry, here, into);
    } else {
      into[here] = entry->bytes;
    }
  }
}

std::map<std::string, std::string> memory_file_system::tree() const {
  std::map<std::string, std::string> all;
  collect(*root_, "", all);
  return all;
}

}  // namespace instar::test
