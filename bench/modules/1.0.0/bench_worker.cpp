// The processes of the message benchmarks: servers, and the clients that drive them.
#include "../worker_messages.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <stdexcept>
#include <vector>

namespace bench {
inline namespace INSTAR_VSN {

struct worker {
  std::uint64_t count = 0;
  /// Who hears when `count` has got that far, or when the token is back.
  std::uint64_t awaited = 0;
  instar::from waiting;
  instar::pid next;
};
BOOST_DESCRIBE_STRUCT(worker, (), (count, awaited, waiting, next))

struct bench_worker : instar::gen_server<worker> {
  using messages = instar::messages<ping, tick, await_ticks, call_many,
                                    cast_many, drive, set_next, pass_token, hop,
                                    token_back, spawn_many, tick_all, watch>;

  static worker init(const instar::value&) { return {}; }

  // ---- the server

  static std::uint64_t handle_call(worker& s, const ping&,
                                   const instar::from&) {
    return ++s.count;
  }
  static void handle_cast(worker& s, const tick&) {
    if (++s.count == s.awaited)
      instar::reply(s.waiting, s.count);
  }
  static void handle_call(worker& s, const await_ticks& m,
                          const instar::from& who) {
    s.awaited = s.count + m.count;
    s.waiting = who;
  }
  static void handle_cast(worker& s, const set_next& m) { s.next = m.next; }
  static void handle_cast(worker& s, const hop& m) {
    if (m.left == 0) {
      instar::cast(m.first, token_back{});
    } else {
      instar::cast(s.next, hop{m.left - 1, m.first});
    }
  }
  static void handle_call(worker& s, const pass_token& m,
                          const instar::from& who) {
    s.waiting = who;
    instar::cast(s.next, hop{m.hops, instar::self()});
  }
  static void handle_cast(worker& s, const token_back&) {
    instar::reply(s.waiting, std::uint64_t{0});
  }

  // ---- its clients

  static instar::task<std::uint64_t> handle_call(worker&, const call_many& m,
                                                 const instar::from&) {
    const instar::duration patience =
        m.has_timeout ? instar::duration(instar::default_call_timeout)
                      : instar::infinity;
    for (std::uint64_t i = 0; i < m.count; ++i) {
      const ping question{i};
      auto answer = co_await instar::call(m.target, question, patience);
      if (!answer)
        throw std::runtime_error(answer.error().message());
    }
    co_return m.count;
  }
  static void handle_cast(worker&, const cast_many& m) {
    for (std::uint64_t i = 0; i < m.count; ++i)
      instar::cast(m.target, tick{i});
  }

  // ---- who drives them

  /// All clients at once; until the calls are answered, or the casts have come.
  static instar::task<std::uint64_t> handle_call(worker&, const drive& m,
                                                 const instar::from&) {
    std::vector<instar::request_id> asked;
    if (m.casts) {
      asked.push_back(instar::send_request(
          m.targets.front(), await_ticks{m.count * m.clients.size()}));
    }
    for (std::size_t i = 0; i < m.clients.size(); ++i) {
      const auto target = m.targets[std::min(i, m.targets.size() - 1)];
      if (m.casts) {
        instar::cast(m.clients[i], cast_many{target, m.count});
      } else {
        asked.push_back(instar::send_request(
            m.clients[i], call_many{target, m.count, m.has_timeout}));
      }
    }
    for (const auto& one : asked) {
      auto answer =
          co_await instar::receive_response<call_many>(one, instar::infinity);
      if (!answer)
        throw std::runtime_error(answer.error().message());
    }
    co_return m.count;
  }
  /// n of a module, a hundred at a time; until the last has answered.
  static instar::task<std::vector<instar::pid>> handle_call(
      worker&, const spawn_many& m, const instar::from&) {
    std::vector<instar::pid> all;
    all.reserve(m.count);
    while (all.size() < m.count) {
      const auto some = std::min<std::uint64_t>(100, m.count - all.size());
      for (std::uint64_t i = 0; i < some; ++i)
        all.push_back(instar::spawn({m.module}).value());
      const ping question;
      auto answer =
          co_await instar::call(all.back(), question, instar::infinity);
      if (!answer)
        throw std::runtime_error(answer.error().message());
    }
    co_return all;
  }
  static instar::task<std::uint64_t> handle_call(worker&, const tick_all& m,
                                                 const instar::from&) {
    for (const auto& one : m.targets)
      instar::cast(one, tick{});
    const ping question;
    auto answer =
        co_await instar::call(m.targets.back(), question, instar::infinity);
    if (!answer)
      throw std::runtime_error(answer.error().message());
    co_return *answer;
  }

  // ---- who watches an upgrade

  static instar::task<watched> handle_call(worker&, const watch& m,
                                           const instar::from&) {
    using clock = std::chrono::steady_clock;
    std::minstd_rand random(static_cast<unsigned>(m.seed + 1));
    watched seen;
    double sum = 0;
    double count = 0;
    for (std::uint64_t i = 1;; ++i) {
      if (i % 64 == 0) {
        const auto told =
            co_await instar::receive<stop_watching>(instar::duration::zero());
        if (!told.is_timeout())
          break;
      }
      const auto& target = m.targets[random() % m.targets.size()];
      const ping question;
      const auto begin = clock::now();
      auto answer = co_await instar::call(target, question, instar::infinity);
      if (!answer)
        throw std::runtime_error(answer.error().message());
      const auto us =
          std::chrono::duration<double, std::micro>(clock::now() - begin)
              .count();
      seen.longest_us = std::max(seen.longest_us, us);
      sum += us;
      ++count;
    }
    seen.mean_us = sum / std::max(count, 1.0);
    co_return seen;
  }
};

}  // namespace INSTAR_VSN
}  // namespace bench

INSTAR_MODULE(bench::bench_worker)
