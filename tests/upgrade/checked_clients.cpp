#include "tests/upgrade/checked_clients.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace instar::testing {

checked_clients::checked_clients(std::uint16_t port, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    auto& added = *clients_.emplace_back(std::make_unique<one>());
    added.name = fmt::format("client:{}", i);
    added.thread = std::thread([this, &added, port] { run(added, port); });
  }
}

checked_clients::~checked_clients() {
  stop();
}

void checked_clients::stop() {
  is_stopping_ = true;
  for (auto& each : clients_) {
    if (each->thread.joinable())
      each->thread.join();
  }
}

void checked_clients::wait_for(std::int64_t rounds) {
  std::vector<std::int64_t> until;
  for (const auto& each : clients_)
    until.push_back(each->rounds + rounds);
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    auto& each = *clients_[i];
    for (auto now = each.rounds.load(); now < until[i] && !each.has_ended;
         now = each.rounds.load()) {
      each.rounds.wait(now);
    }
  }
}

std::vector<std::string> checked_clients::complaints() {
  const std::lock_guard lock(mutex_);
  return complaints_;
}

std::int64_t checked_clients::acknowledged() const {
  std::int64_t all = 0;
  for (const auto& each : clients_)
    all += 3 * each->rounds;
  return all;
}

std::chrono::microseconds checked_clients::longest_wait() const {
  std::chrono::microseconds longest{0};
  for (const auto& each : clients_)
    longest = std::max(longest, each->longest);
  return longest;
}

std::vector<std::string> checked_clients::missing(resp_client& from) const {
  std::vector<std::string> wrong;
  const auto look = [&](const std::string& name, const std::string& wanted) {
    if (const auto got = from.call({"GET", name});
        got != resp_client::bulk(wanted))
      wrong.push_back(fmt::format("{} is {}, not {}", name, got, wanted));
  };
  for (const auto& each : clients_) {
    look(each->name, std::to_string(each->rounds));
    for (std::size_t i = 0; i < keys_of_each; ++i) {
      if (!each->values[i].empty())
        look(key(*each, i), each->values[i]);
    }
  }
  return wrong;
}

std::string checked_clients::key(const one& of, std::size_t index) {
  return fmt::format("{}:key:{}", of.name, index);
}

void checked_clients::expect(one& of, resp_client& client,
                             const std::vector<std::string>& words,
                             const std::string& wanted) const {
  const auto before = std::chrono::steady_clock::now();
  const auto got = client.call(words);
  of.longest =
      std::max(of.longest, std::chrono::ceil<std::chrono::microseconds>(
                               std::chrono::steady_clock::now() - before));
  if (got != wanted) {
    throw std::runtime_error(
        fmt::format("{} {}: {}, not {}", words[0], words[1], got, wanted));
  }
}

void checked_clients::run(one& of, std::uint16_t port) {
  try {
    resp_client client(port);
    while (!is_stopping_) {
      const auto round = of.rounds + 1;
      const auto index = static_cast<std::size_t>(round) % keys_of_each;
      auto next = fmt::format("value {}", round);
      expect(of, client, {"INCR", of.name}, resp_client::integer(round));
      expect(of, client, {"SET", key(of, index), next}, "+OK\r\n");
      of.values[index] = std::move(next);
      // The one that was set longest ago.
      const auto other = (index + 1) % keys_of_each;
      expect(of, client, {"GET", key(of, other)},
             of.values[other].empty() ? "$-1\r\n"
                                      : resp_client::bulk(of.values[other]));
      of.rounds = round;
      of.rounds.notify_all();
    }
  } catch (const std::exception& error) {
    const std::lock_guard lock(mutex_);
    complaints_.push_back(fmt::format("{} in round {}: {}", of.name,
                                      of.rounds + 1, error.what()));
  }
  of.has_ended = true;
  of.rounds.notify_all();
}

}  // namespace instar::testing
