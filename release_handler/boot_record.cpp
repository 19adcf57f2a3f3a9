#include "release_handler/boot_record.hpp"

#include "base/value.hpp"
#include "release_handler/errors.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <array>
#include <utility>

namespace instar::release_handler {
namespace {

using state = boot_record::state;

constexpr std::uint64_t file_limit_bytes = 64u << 10;
constexpr std::array<std::pair<state, const char*>, 3> state_names{
    {{state::asked, "asked"},
     {state::trying, "trying"},
     {state::failed, "failed"}}};

path file_of(const path& root) {
  return root / "releases" / "boot.json";
}

failure bad_record(const path& file, std::string_view why) {
  return {errc::bad_boot_record, fmt::format("{}: {}", file.string(), why)};
}

/// All members are there and are text, but `why`.
bool read_texts(const boost::json::object& from, boot_record& into) {
  const std::pair<const char*, std::string*> members[] = {
      {"id", &into.id},     {"operation", &into.operation},
      {"from", &into.from}, {"to", &into.to},
      {"by", &into.by},     {"why", &into.why}};
  for (const auto& [key, member] : members) {
    const auto* found = from.if_contains(key);
    if (found == nullptr || !found->is_string())
      return false;
    *member = std::string(std::string_view(found->get_string()));
  }
  return true;
}

bool read_state(const boost::json::object& from, boot_record& into) {
  const auto* found = from.if_contains("state");
  if (found == nullptr || !found->is_string())
    return false;
  for (const auto& [one, name] : state_names) {
    if (std::string_view(found->get_string()) == name) {
      into.now = one;
      return true;
    }
  }
  return false;
}

}  // namespace

result<std::optional<boot_record>> read_boot_record(file_system& files,
                                                    const path& root) {
  const auto file = file_of(root);
  if (files.kind(file) == file_kind::missing)
    return std::optional<boot_record>();
  INSTAR_TRY_ASSIGN(const auto bytes, files.read(file, file_limit_bytes));
  boost::system::error_code error;
  const auto parsed = boost::json::parse(bytes, error);
  if (error)
    return bad_record(file, error.message());
  const auto* members = parsed.if_object();
  boot_record made;
  if (members == nullptr || !read_texts(*members, made) ||
      !read_state(*members, made)) {
    return bad_record(file, "this is no record of a start");
  }
  const auto* commits = members->if_contains("commits");
  made.commits = commits != nullptr && *commits == true;
  return std::optional(std::move(made));
}

result<> write_boot_record(file_system& files, const path& root,
                           const boot_record& of) {
  const char* now = "";
  for (const auto& [one, name] : state_names) {
    if (one == of.now)
      now = name;
  }
  const boost::json::object record{
      {"state", now},          {"id", of.id},  {"operation", of.operation},
      {"from", of.from},       {"to", of.to},  {"by", of.by},
      {"commits", of.commits}, {"why", of.why}};
  return replace_file(files, file_of(root),
                      boost::json::serialize(record) + '\n');
}

result<> remove_boot_record(file_system& files, const path& root) {
  const auto file = file_of(root);
  if (files.kind(file) == file_kind::missing)
    return {};
  INSTAR_TRY(files.remove(file));
  return files.sync(file.parent_path());
}

}  // namespace instar::release_handler
