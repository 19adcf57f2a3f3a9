#include "release_handler/metrics.hpp"

#include "release_handler/install_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

namespace instar::release_handler {
namespace {

std::string text_of(const boost::json::object& from, std::string_view key) {
  const auto* found = from.if_contains(key);
  return found != nullptr && found->is_string()
             ? std::string(found->get_string())
             : std::string();
}

std::string escaped(std::string_view text, bool is_label) {
  std::string made;
  for (const char c : text) {
    if (c == '\\')
      made += "\\\\";
    else if (c == '\n')
      made += "\\n";
    else if (c == '"' && is_label)
      made += "\\\"";
    else
      made += c;
  }
  return made;
}

}  // namespace

void install_counters::note(const value& event) {
  const auto* fields = event.if_object();
  if (fields == nullptr || text_of(*fields, "event") != "end")
    return;
  const auto operation = text_of(*fields, "operation");
  if (operation != "install" && operation != "rollback")
    return;
  const std::lock_guard lock(mutex_);
  ++numbers_.installs[{operation, text_of(*fields, "outcome")}];
  const auto* pause = fields->if_contains("pause_us");
  if (pause == nullptr || !pause->is_number() ||
      pause->to_number<double>() <= 0)
    return;
  const double seconds = pause->to_number<double>() / 1e6;
  const auto bucket = static_cast<std::size_t>(
      std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin());
  ++numbers_.pauses[bucket];
  numbers_.pause_sum += seconds;
}

install_counters::numbers install_counters::now() const {
  const std::lock_guard lock(mutex_);
  return numbers_;
}

void exposition::family(std::string_view name, std::string_view type,
                        std::string_view help) {
  text_ += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name,
                       escaped(help, false), type);
}

void exposition::sample(std::string_view name, const labels& with,
                        double number) {
  text_ += name;
  for (std::size_t i = 0; i < with.size(); ++i) {
    text_ += fmt::format("{}{}=\"{}\"", i == 0 ? '{' : ',', with[i].first,
                         escaped(with[i].second, true));
  }
  text_ += fmt::format("{} {}\n", with.empty() ? "" : "}", number);
}

void write_installs(exposition& to, const install_counters::numbers& from) {
  to.family("instar_installs_total", "counter",
            "Installations since the node's start, by how they ended.");
  auto all = from.installs;
  // Those that never happened are 0, so that a rate over them is there.
  for (const auto* operation : {"install", "rollback"}) {
    for (const auto one :
         {outcome::installed, outcome::refused, outcome::undone,
          outcome::rolled_back, outcome::degraded, outcome::restarting,
          outcome::restarted, outcome::fell_back})
      all.try_emplace({operation, to_string(one)}, 0);
  }
  for (const auto& [which, count] : all) {
    to.sample("instar_installs_total",
              {{"operation", which.first}, {"outcome", which.second}},
              static_cast<double>(count));
  }
  constexpr std::string_view pause = "instar_install_pause_seconds";
  to.family(pause, "histogram",
            "How long clients were held back by an installation.");
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < from.pauses.size(); ++i) {
    below += from.pauses[i];
    to.sample(fmt::format("{}_bucket", pause),
              {{"le", i < install_counters::bounds.size()
                          ? fmt::format("{}", install_counters::bounds[i])
                          : "+Inf"}},
              static_cast<double>(below));
  }
  to.sample(fmt::format("{}_sum", pause), {}, from.pause_sum);
  to.sample(fmt::format("{}_count", pause), {}, static_cast<double>(below));
}

void write_mailboxes(exposition& to, std::vector<std::uint64_t> lengths) {
  constexpr std::string_view name = "instar_mailbox_length";
  to.family(name, "summary", "Messages that wait in the mailbox of a process.");
  std::sort(lengths.begin(), lengths.end());
  for (const double quantile : {0.5, 0.9, 0.99, 1.0}) {
    if (lengths.empty())
      break;
    const auto last = static_cast<double>(lengths.size() - 1);
    to.sample(name, {{"quantile", fmt::format("{}", quantile)}},
              static_cast<double>(
                  lengths[static_cast<std::size_t>(quantile * last)]));
  }
  to.sample(fmt::format("{}_sum", name), {},
            static_cast<double>(std::accumulate(lengths.begin(), lengths.end(),
                                                std::uint64_t{0})));
  to.sample(fmt::format("{}_count", name), {},
            static_cast<double>(lengths.size()));
}

}  // namespace instar::release_handler
