#include "appup/library.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <utility>

namespace instar::appup {
namespace {

// Below this a thread costs more than it saves.
constexpr std::size_t files_per_thread = 16;
constexpr std::size_t threads_limit = 8;

std::string joined(const std::string& name, const std::string& vsn) {
  return name + "-" + vsn;
}

void run_all(const std::vector<std::function<void()>>& jobs) {
  const std::size_t threads = std::min<std::size_t>(
      {jobs.size() / files_per_thread, threads_limit,
       std::max(1U, std::thread::hardware_concurrency())});
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (auto i = next++; i < jobs.size(); i = next++)
      jobs[i]();
  };
  std::vector<std::jthread> helpers;
  for (std::size_t i = 1; i < threads; ++i)
    helpers.emplace_back(work);
  work();
}

}  // namespace

path manifest_file(file_system& files, const path& folder,
                   const std::string& name) {
  auto yaml = folder / (name + ".yaml");
  if (files.kind(yaml) == file_kind::missing) {
    auto json = folder / (name + ".json");
    if (files.kind(json) != file_kind::missing)
      return json;
  }
  return yaml;
}

library::library(file_system& files, std::vector<path> folders)
    : files_(files), folders_(std::move(folders)) {}

void library::prefetch(const std::vector<name_vsn>& apps,
                       const std::vector<name_vsn>& appups) {
  std::vector<std::function<void()>> jobs;
  for (const auto& [name, vsn] : apps) {
    const auto [slot, is_new] = apps_.try_emplace(joined(name, vsn));
    if (!is_new)
      continue;
    jobs.emplace_back(
        [this, &one = *slot] { one.second = read_app(one.first); });
  }
  for (const auto& [name, vsn] : appups) {
    const auto [slot, is_new] = appups_.try_emplace(joined(name, vsn));
    if (!is_new)
      continue;
    jobs.emplace_back(
        [this, &one = *slot] { one.second = read_appup(one.first); });
  }
  run_all(jobs);
}

const library_app& library::app(const std::string& name,
                                const std::string& vsn) {
  const auto [slot, is_new] = apps_.try_emplace(joined(name, vsn));
  if (is_new)
    slot->second = read_app(slot->first);
  return slot->second;
}

const manifest_answer<appup_spec>& library::appup(const std::string& name,
                                                  const std::string& vsn) {
  const auto [slot, is_new] = appups_.try_emplace(joined(name, vsn));
  if (is_new)
    slot->second = read_appup(slot->first);
  return slot->second;
}

const manifest_answer<appup_spec>* library::find_appup(
    const std::string& name, const std::string& vsn) const {
  const auto found = appups_.find(joined(name, vsn));
  return found == appups_.end() ? nullptr : &found->second;
}

library_app library::read_app(const std::string& folder_name) const {
  for (const auto& folder : folders_) {
    const auto here = folder / folder_name;
    const auto file = manifest_file(files_, here, "app");
    if (files_.kind(file) == file_kind::missing)
      continue;
    return {here, read_app_manifest(files_, file)};
  }
  return {};
}

manifest_answer<appup_spec> library::read_appup(
    const std::string& folder_name) const {
  for (const auto& folder : folders_) {
    const auto here = folder / folder_name;
    if (files_.kind(manifest_file(files_, here, "app")) == file_kind::missing) {
      continue;
    }
    const auto file = manifest_file(files_, here, "appup");
    if (files_.kind(file) != file_kind::missing) {
      return read_appup_manifest(files_, file);
    }
    auto nowhere = std::make_shared<source_file>();
    nowhere->name = file.string();
    manifest_answer<appup_spec> missing;
    report(missing.errors, errc::file_problem, {nowhere, {}},
           "there is no such file, and the application's version changes");
    return missing;
  }
  return {};
}

std::vector<std::string> library::versions_of(const std::string& name) const {
  std::vector<std::string> found;
  const auto start = name + "-";
  for (const auto& folder : folders_) {
    const auto names = files_.list(folder);
    if (!names)
      continue;
    for (const auto& one : *names) {
      if (one.starts_with(start))
        found.push_back(one.substr(start.size()));
    }
  }
  return found;
}

std::vector<std::string> library::names() const {
  std::vector<std::string> found;
  for (const auto& folder : folders_) {
    const auto names = files_.list(folder);
    if (!names)
      continue;
    for (const auto& one : *names)
      found.push_back(one.substr(0, one.find('-')));
  }
  return found;
}

}  // namespace instar::appup
