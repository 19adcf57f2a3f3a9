// The commands that a connection handles together: what each asks of which
// shards, and how the shards' answers become the client's.
//
// Requests for one shard keep the order of their commands, so what a client does
// to one key happens in its order. Different shards are asked one after the
// other: unlike in Redis, another client may see what was done to one key before
// what was done earlier to another, and MSET is one step for each shard only.
#pragma once

#include "kv_messages.hpp"
#include "resp.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kv {
inline namespace INSTAR_VSN {

/// How the answers that a command got become one.
enum class joining {
  /// There is one: it is the answer.
  single,
  /// An array of all.
  array,
  /// The sum of their numbers.
  sum,
  /// An array of the items that they contain; `number` says how many each has.
  list,
  /// The first one that is an error, or else OK.
  all_ok,
};

class pipeline {
public:
  explicit pipeline(std::size_t shard_count) : batches_(shard_count) {}

  /// The next command's answer is known already.
  void answer_with(std::string resp) {
    commands_.push_back({joining::single, nullptr, std::move(resp), 0});
  }
  /// The next command's answer comes from the requests that follow. `finish`,
  /// where given, makes the answer of their joined numbers instead.
  using finisher = std::string (*)(std::int64_t sum);
  void begin(joining how, finisher finish = nullptr) {
    commands_.push_back({how, finish, {}, 0});
  }
  void ask(request r) {
    const auto shard = std::hash<std::string_view>{}(r.key) % batches_.size();
    add(shard, std::move(r));
  }
  void ask_all(const request& r) {
    for (std::size_t i = 0; i < batches_.size(); ++i)
      add(i, r);
  }

  /// No command after this one: the connection is closed behind its answer.
  void end() { has_ended_ = true; }
  bool has_ended() const { return has_ended_; }

  bool is_empty() const { return commands_.empty(); }
  std::size_t command_count() const { return commands_.size(); }
  std::size_t shard_count() const { return batches_.size(); }
  bool has_batch(std::size_t shard) const {
    return !batches_[shard].requests.empty();
  }
  batch take_batch(std::size_t shard) { return std::move(batches_[shard]); }

  /// All answers in the commands' order. `of_shards` has what each shard's
  /// batch got; nothing where the shard did not answer.
  std::string answers(
      std::vector<std::optional<std::vector<answer>>>& of_shards) const {
    std::string out;
    std::vector<std::size_t> taken(of_shards.size(), 0);
    std::size_t part = 0;
    for (const auto& one : commands_) {
      if (one.part_count == 0 && one.how == joining::single) {
        out += one.text;
        continue;
      }
      joined all{one.how, one.part_count};
      for (const auto end = part + one.part_count; part < end; ++part) {
        const auto shard = parts_[part];
        auto& got = of_shards[shard];
        const auto index = taken[shard]++;
        if (got && index < got->size()) {
          all.add((*got)[index]);
        } else {
          all.fail();
        }
      }
      all.write(out, one.finish);
    }
    return out;
  }

private:
  struct planned {
    joining how;
    finisher finish;
    std::string text;
    std::size_t part_count;
  };

  class joined {
  public:
    joined(joining how, std::size_t parts) : how_(how) {
      if (how == joining::array)
        resp::add_array_head(text_, parts);
    }
    void add(const answer& one) {
      sum_ += one.number;
      if (how_ == joining::all_ok) {
        if (error_.empty() && one.text.starts_with('-'))
          error_ = one.text;
      } else if (how_ != joining::sum) {
        text_ += one.text;
      }
    }
    void fail() {
      error_ = resp::error("ERR the shard of this key has just failed");
    }
    void write(std::string& out, finisher finish) const {
      if (!error_.empty()) {
        out += error_;
        return;
      }
      if (finish != nullptr) {
        out += finish(sum_);
        return;
      }
      switch (how_) {
        case joining::sum:
          resp::add_integer(out, sum_);
          return;
        case joining::all_ok:
          out += resp::ok;
          return;
        case joining::list:
          resp::add_array_head(out, static_cast<std::size_t>(sum_));
          break;
        default:
          break;
      }
      out += text_;
    }

  private:
    joining how_;
    std::int64_t sum_ = 0;
    std::string text_;
    std::string error_;
  };

  void add(std::size_t shard, request r) {
    batches_[shard].requests.push_back(std::move(r));
    parts_.push_back(static_cast<std::uint32_t>(shard));
    ++commands_.back().part_count;
  }

  std::vector<batch> batches_;
  std::vector<planned> commands_;
  /// The shards that were asked, in order, command by command.
  std::vector<std::uint32_t> parts_;
  bool has_ended_ = false;
};

}  // namespace INSTAR_VSN
}  // namespace kv
