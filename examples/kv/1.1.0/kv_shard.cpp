// A shard: holds the keys whose hash is its number. One gen_server each.
#include "runtime/module.hpp"

#include "glob.hpp"
#include "kv_messages.hpp"
#include "resp.hpp"

#include <chrono>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace kv {
inline namespace INSTAR_VSN {

/// What 1.0.0 kept.
struct state_1_0 {
  std::int64_t number = 0;
  std::unordered_map<std::string, std::string> keys;
};
BOOST_DESCRIBE_STRUCT(state_1_0, (), (number, keys))

struct entry {
  std::string text{};
  /// By the date in milliseconds; 0: none.
  std::int64_t deadline_ms = 0;
  std::uint64_t writes = 0;
};
BOOST_DESCRIBE_STRUCT(entry, (), (text, deadline_ms, writes))

struct state {
  std::int64_t number = 0;
  std::unordered_map<std::string, entry> keys;
  /// The keys that have a deadline, the next one first.
  std::set<std::pair<std::int64_t, std::string>> deadlines;
  /// The sweep that is on its way; 0: none.
  std::int64_t next_sweep_ms = 0;
};
BOOST_DESCRIBE_STRUCT(state, (), (number, keys, deadlines, next_sweep_ms))

/// To itself, while there are deadlines: time to look for keys that have
/// expired and that nobody asks for.
struct sweep {
  std::int64_t due_ms = 0;
};
BOOST_DESCRIBE_STRUCT(sweep, (), (due_ms))

constexpr std::chrono::milliseconds sweep_interval{1000};
/// Keys removed in one sweep, so that nobody waits long for it.
constexpr int sweep_limit = 1000;

struct kv_shard : instar::gen_server<state> {
  static state init(const instar::value& args) {
    state s;
    s.number = args.at("number").to_number<std::int64_t>();
    return s;
  }

  static std::vector<answer> handle_call(state& s, const batch& b,
                                         const instar::from&) {
    const auto now_ms = instar::system_time().count();
    std::vector<answer> answers;
    answers.reserve(b.requests.size());
    for (const auto& r : b.requests)
      answers.push_back(execute(s, r, now_ms));
    plan_sweep(s, now_ms);
    return answers;
  }

  static void handle_info(state& s, const sweep& m) {
    if (m.due_ms != s.next_sweep_ms)
      return;  // of the time before an upgrade down and up again
    s.next_sweep_ms = 0;
    const auto now_ms = instar::system_time().count();
    for (int i = 0; i < sweep_limit && !s.deadlines.empty(); ++i) {
      const auto next = s.deadlines.begin();
      if (next->first > now_ms)
        break;
      s.keys.erase(next->second);
      s.deadlines.erase(next);
    }
    plan_sweep(s, now_ms);
  }

  /// Up. How often a key was written is not known: it counts from here.
  static state code_change(const state_1_0& old, const instar::change&) {
    state now;
    now.number = old.number;
    now.keys.reserve(old.keys.size());
    for (const auto& [key, text] : old.keys)
      now.keys.emplace(key, entry{.text = text});
    return now;
  }
  /// Down. 1.0.0 knows no deadlines: what has expired must not come back, what
  /// has not stays for good.
  static state_1_0 code_change_down(const state& now, const instar::change&) {
    state_1_0 old{.number = now.number, .keys = {}};
    const auto now_ms = instar::system_time().count();
    old.keys.reserve(now.keys.size());
    for (const auto& [key, kept] : now.keys) {
      if (!has_expired(kept, now_ms))
        old.keys.emplace(key, kept.text);
    }
    return old;
  }

private:
  using keys_iterator = std::unordered_map<std::string, entry>::iterator;

  static answer execute(state& s, const request& r, std::int64_t now_ms) {
    switch (r.what) {
      case operation::get:
        return get(s, r, now_ms);
      case operation::set:
        return set(s, r, now_ms);
      case operation::del:
        return del(s, r, now_ms);
      case operation::exists:
        return {.number = find(s, r.key, now_ms) != s.keys.end() ? 1 : 0};
      case operation::add:
        return add(s, r, now_ms);
      case operation::expire:
        return expire(s, r, now_ms);
      case operation::ttl:
        return ttl(s, r, now_ms);
      case operation::persist:
        return persist(s, r, now_ms);
      case operation::writes:
        return writes(s, r, now_ms);
      case operation::keys:
        return keys(s, r, now_ms);
      case operation::count:
        return {.number = static_cast<std::int64_t>(s.keys.size())};
      case operation::flush:
        s.keys.clear();
        s.deadlines.clear();
        return {};
    }
    return {.text = resp::error("ERR unknown operation")};
  }

  static bool has_expired(const entry& kept, std::int64_t now_ms) {
    return kept.deadline_ms != 0 && kept.deadline_ms <= now_ms;
  }

  static void plan_sweep(state& s, std::int64_t now_ms) {
    if (s.next_sweep_ms != 0 || s.deadlines.empty())
      return;
    s.next_sweep_ms = now_ms + sweep_interval.count();
    instar::send_after(sweep_interval, instar::self(), sweep{s.next_sweep_ms});
  }

  /// Takes a key away where it has expired.
  static keys_iterator find(state& s, const std::string& key,
                            std::int64_t now_ms) {
    const auto found = s.keys.find(key);
    if (found == s.keys.end() || !has_expired(found->second, now_ms))
      return found;
    erase(s, found);
    return s.keys.end();
  }

  static void erase(state& s, keys_iterator at) {
    set_deadline(s, at, 0);
    s.keys.erase(at);
  }

  static void set_deadline(state& s, keys_iterator at,
                           std::int64_t deadline_ms) {
    auto& kept = at->second.deadline_ms;
    if (kept != 0)
      s.deadlines.erase({kept, at->first});
    if (deadline_ms != 0)
      s.deadlines.emplace(deadline_ms, at->first);
    kept = deadline_ms;
  }

  static answer get(state& s, const request& r, std::int64_t now_ms) {
    answer a;
    const auto found = find(s, r.key, now_ms);
    if (found == s.keys.end()) {
      a.text = resp::nil;
    } else {
      resp::add_bulk(a.text, found->second.text);
    }
    return a;
  }

  static answer set(state& s, const request& r, std::int64_t now_ms) {
    auto found = find(s, r.key, now_ms);
    if (r.when != condition::always) {
      const bool wants_present = r.when == condition::if_present;
      if ((found != s.keys.end()) != wants_present)
        return {.text = std::string(resp::nil)};
    }
    if (found == s.keys.end())
      found = s.keys.emplace(r.key, entry{}).first;
    found->second.text = r.text;
    ++found->second.writes;
    if (!r.keeps_deadline)
      set_deadline(s, found, r.deadline_ms);
    return {.text = std::string(resp::ok)};
  }

  static answer del(state& s, const request& r, std::int64_t now_ms) {
    const auto found = find(s, r.key, now_ms);
    if (found == s.keys.end())
      return {.number = 0};
    erase(s, found);
    return {.number = 1};
  }

  static answer add(state& s, const request& r, std::int64_t now_ms) {
    std::int64_t number = 0;
    auto found = find(s, r.key, now_ms);
    if (found != s.keys.end() &&
        !resp::read_integer(found->second.text, number)) {
      return {.text =
                  resp::error("ERR value is not an integer or out of range")};
    }
    if (__builtin_add_overflow(number, r.number, &number)) {
      return {.text = resp::error("ERR increment or decrement would overflow")};
    }
    if (found == s.keys.end())
      found = s.keys.emplace(r.key, entry{}).first;
    found->second.text = std::to_string(number);
    ++found->second.writes;
    answer a;
    resp::add_integer(a.text, number);
    return a;
  }

  static answer expire(state& s, const request& r, std::int64_t now_ms) {
    const auto found = find(s, r.key, now_ms);
    if (found == s.keys.end())
      return {.number = 0};
    if (r.deadline_ms <= now_ms) {
      erase(s, found);
    } else {
      set_deadline(s, found, r.deadline_ms);
    }
    return {.number = 1};
  }

  static answer ttl(state& s, const request& r, std::int64_t now_ms) {
    const auto found = find(s, r.key, now_ms);
    if (found == s.keys.end())
      return {.number = -2};
    const auto deadline_ms = found->second.deadline_ms;
    return {.number = deadline_ms == 0 ? -1 : deadline_ms - now_ms};
  }

  static answer persist(state& s, const request& r, std::int64_t now_ms) {
    const auto found = find(s, r.key, now_ms);
    if (found == s.keys.end() || found->second.deadline_ms == 0)
      return {.number = 0};
    set_deadline(s, found, 0);
    return {.number = 1};
  }

  static answer writes(state& s, const request& r, std::int64_t now_ms) {
    const auto found = find(s, r.key, now_ms);
    if (found == s.keys.end())
      return {.number = 0};
    return {.number = static_cast<std::int64_t>(found->second.writes)};
  }

  static answer keys(const state& s, const request& r, std::int64_t now_ms) {
    answer a;
    for (const auto& [key, kept] : s.keys) {
      if (has_expired(kept, now_ms) || !matches(r.text, key))
        continue;
      ++a.number;
      resp::add_bulk(a.text, key);
    }
    return a;
  }
};

}  // namespace INSTAR_VSN
}  // namespace kv

INSTAR_MODULE(kv::kv_shard)
