// A shard: holds the keys whose hash is its number. One gen_server each.
#include "runtime/module.hpp"

#include "glob.hpp"
#include "kv_messages.hpp"
#include "resp.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace kv {
inline namespace INSTAR_VSN {

struct state {
  std::int64_t number = 0;
  std::unordered_map<std::string, std::string> keys;
};
BOOST_DESCRIBE_STRUCT(state, (), (number, keys))

struct kv_shard : instar::gen_server<state> {
  static state init(const instar::value& args) {
    return {.number = args.at("number").to_number<std::int64_t>(), .keys = {}};
  }

  static std::vector<answer> handle_call(state& s, const batch& b,
                                         const instar::from&) {
    std::vector<answer> answers;
    answers.reserve(b.requests.size());
    for (const auto& r : b.requests)
      answers.push_back(execute(s, r));
    return answers;
  }

private:
  static answer execute(state& s, const request& r) {
    switch (r.what) {
      case operation::get:
        return get(s, r);
      case operation::set:
        return set(s, r);
      case operation::del:
        return {.number = static_cast<std::int64_t>(s.keys.erase(r.key))};
      case operation::exists:
        return {.number = s.keys.contains(r.key) ? 1 : 0};
      case operation::add:
        return add(s, r);
      case operation::keys:
        return keys(s, r);
      case operation::count:
        return {.number = static_cast<std::int64_t>(s.keys.size())};
      case operation::flush:
        s.keys.clear();
        return {};
    }
    return {.text = resp::error("ERR unknown operation")};
  }

  static answer get(const state& s, const request& r) {
    answer a;
    const auto found = s.keys.find(r.key);
    if (found == s.keys.end()) {
      a.text = resp::nil;
    } else {
      resp::add_bulk(a.text, found->second);
    }
    return a;
  }

  static answer set(state& s, const request& r) {
    if (r.when != condition::always) {
      const bool wants_present = r.when == condition::if_present;
      if (s.keys.contains(r.key) != wants_present)
        return {.text = std::string(resp::nil)};
    }
    s.keys[r.key] = r.text;
    return {.text = std::string(resp::ok)};
  }

  static answer add(state& s, const request& r) {
    std::int64_t number = 0;
    const auto found = s.keys.find(r.key);
    if (found != s.keys.end() && !resp::read_integer(found->second, number)) {
      return {.text =
                  resp::error("ERR value is not an integer or out of range")};
    }
    if (__builtin_add_overflow(number, r.number, &number)) {
      return {.text = resp::error("ERR increment or decrement would overflow")};
    }
    auto text = std::to_string(number);
    if (found != s.keys.end()) {
      found->second = std::move(text);
    } else {
      s.keys.emplace(r.key, std::move(text));
    }
    answer a;
    resp::add_integer(a.text, number);
    return a;
  }

  static answer keys(const state& s, const request& r) {
    answer a;
    for (const auto& [key, text] : s.keys) {
      if (!matches(r.text, key))
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
