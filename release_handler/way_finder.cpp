#include "release_handler/way_finder.hpp"

#include "appup/reader.hpp"
#include "appup/relup_maker.hpp"
#include "release_handler/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace instar::release_handler {
namespace {

const appup::relup_entry* entry_of(
    const std::vector<appup::relup_entry>& entries, const std::string& vsn) {
  const auto found =
      std::find_if(entries.begin(), entries.end(),
                   [&](const auto& entry) { return entry.vsn == vsn; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

result<std::vector<hop>> way_finder::find(const std::string& from,
                                          const std::string& to) const {
  std::vector<hop> way;
  INSTAR_TRY(add(from, to, way, 0));
  return way;
}

result<> way_finder::add(const std::string& from, const std::string& to,
                         std::vector<hop>& way, std::size_t depth) const {
  INSTAR_TRY_ASSIGN(auto entry, find_entry(from, to));
  if (entry.via.empty()) {
    way.push_back({from, to, std::move(entry.script)});
    return {};
  }
  // A hop may have a way of its own; one that leads back to itself never ends.
  if (depth == hop_limit || way.size() + entry.via.size() >= hop_limit) {
    return failure(
        errc::bad_relup_file,
        fmt::format("the way from release {} to {} has more than {} hops, or "
                    "leads in a circle",
                    from, to, hop_limit));
  }
  auto stops = std::move(entry.via);
  for (const auto& vsn : stops) {
    if (store_.find(vsn))
      continue;
    return failure(
        errc::no_such_release,
        fmt::format("the way from release {} to {} leads through {}, "
                    "which is not on this node: unpack it first",
                    from, to, vsn));
  }
  stops.push_back(to);
  auto before = from;
  for (const auto& vsn : stops) {
    INSTAR_TRY(add(before, vsn, way, depth + 1));
    before = vsn;
  }
  return {};
}

result<appup::relup_entry> way_finder::find_entry(const std::string& from,
                                                  const std::string& to) const {
  std::vector<std::string> read;
  const auto look = [&](const std::string& top,
                        bool up) -> result<std::optional<appup::relup_entry>> {
    const auto file = store_.release_folder(top) / "relup.yaml";
    if (files_.kind(file) == file_kind::missing)
      return std::optional<appup::relup_entry>();
    auto relup = appup::read_relup(files_, file);
    if (!relup)
      return failure(errc::bad_relup_file, relup.error().context);
    if (relup->vsn != top) {
      return failure(errc::bad_relup_file,
                     fmt::format("{} is the relup of release {}", file.string(),
                                 relup->vsn));
    }
    read.push_back(file.string());
    const auto* entry =
        up ? entry_of(relup->up, from) : entry_of(relup->down, to);
    if (entry == nullptr)
      return std::optional<appup::relup_entry>();
    return std::optional<appup::relup_entry>(*entry);
  };
  INSTAR_TRY_ASSIGN(auto entry, look(to, true));
  if (!entry) {
    INSTAR_TRY_ASSIGN(entry, look(from, false));
  }
  if (entry)
    return std::move(*entry);
  if (read.empty())
    return compile(from, to);
  return failure(errc::no_matching_relup,
                 fmt::format("no script leads from release {} to {} (looked in "
                             "{})",
                             from, to, fmt::join(read, ", ")));
}

result<appup::relup_entry> way_finder::compile(const std::string& from,
                                               const std::string& to) const {
  const auto file = [&](const std::string& vsn) {
    return store_.release_folder(vsn) / "release.yaml";
  };
  // Up, as the new release's appups have it; else down, as those of the one that
  // runs have it. Where both fail, the first says more.
  appup::make_relup_request request;
  request.files = &files_;
  request.lib_folders = {store_.root() / "lib"};
  request.release = file(to);
  request.up_from = {file(from)};
  request.down_to = std::vector<path>{};
  auto up = appup::make_relup(request);
  if (up.ok())
    return std::move(up.relup->up.front());
  request.release = file(from);
  request.up_from = {};
  request.down_to = std::vector<path>{file(to)};
  auto down = appup::make_relup(request);
  if (down.ok())
    return std::move(down.relup->down.front());
  for (const auto* answer : {&up, &down}) {
    if (!appup::is_way_missing(answer->errors))
      return answer->to_result().error();
  }
  return failure(errc::no_matching_relup,
                 fmt::format("no relup.yaml leads from release {} to {}, and "
                             "none can be compiled:\n{}\n{}",
                             from, to, appup::to_text(up.errors),
                             appup::to_text(down.errors)));
}

}  // namespace instar::release_handler
