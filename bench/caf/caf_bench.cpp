// What instar-bench measures, by CAF 0.17: `caf_bench NAME N WORKERS` prints one
// figure, in the unit of ours. Run by bench/peers.cpp.
#include <caf/all.hpp>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

namespace {

using namespace caf;
using clock_type = std::chrono::steady_clock;
using ping = atom_constant<atom("ping")>;
using tick = atom_constant<atom("tick")>;
using tell = atom_constant<atom("tell")>;
using next = atom_constant<atom("next")>;
using hop = atom_constant<atom("hop")>;
using go = atom_constant<atom("go")>;
using done = atom_constant<atom("done")>;

struct server_state {
  std::uint64_t count = 0;
  std::uint64_t told_at = 0;
  actor told;
  actor next;
};

behavior server(stateful_actor<server_state>* self) {
  return {[=](ping, std::uint64_t) { return ++self->state.count; },
          [=](tick, std::uint64_t) {
            auto& s = self->state;
            if (++s.count == s.told_at)
              self->send(s.told, done::value);
          },
          [=](tell, std::uint64_t at, const actor& whom) {
            self->state.told_at = self->state.count + at;
            self->state.told = whom;
          },
          [=](caf::atom_constant<atom("next")>, const actor& one) {
            self->state.next = one;
          },
          [=](hop, std::uint64_t left, const actor& whom) {
            if (left == 0) {
              self->send(whom, done::value);
            } else {
              self->send(self->state.next, hop::value, left - 1, whom);
            }
          }};
}

struct client_state {
  std::uint64_t left = 0;
  actor whom;
};

void call_on(stateful_actor<client_state>* self, const actor& server,
             bool has_timeout) {
  auto& s = self->state;
  if (s.left-- == 0) {
    self->send(s.whom, done::value);
    return;
  }
  const auto answered = [=](std::uint64_t) {
    call_on(self, server, has_timeout);
  };
  if (has_timeout) {
    self->request(server, std::chrono::seconds(5), ping::value, s.left)
        .then(answered);
  } else {
    self->request(server, infinite, ping::value, s.left).then(answered);
  }
}

behavior caller(stateful_actor<client_state>* self, actor server,
                bool has_timeout) {
  return {[=](go, std::uint64_t count, const actor& whom) {
    self->state.left = count;
    self->state.whom = whom;
    call_on(self, server, has_timeout);
  }};
}

behavior caster(event_based_actor* self, actor server) {
  return {[=](go, std::uint64_t count, const actor&) {
    for (std::uint64_t i = 0; i < count; ++i)
      self->send(server, tick::value, i);
  }};
}

class measurement {
public:
  explicit measurement(std::size_t workers) : system_(configured(workers)) {}

  double run(const std::string& name, std::size_t n) {
    if (name == "call")
      return calls(1, 200'000, false);
    if (name == "call_timeout")
      return calls(1, 200'000, true);
    if (name == "pairs")
      return calls(n, 2'000'000 / n, true);
    if (name == "cast")
      return casts(1, 500'000);
    if (name == "fanin")
      return casts(n, 1'000'000 / n);
    if (name == "ring")
      return ring(n, 1'000'000);
    if (name == "spawn" || name == "bytes" || name == "cold")
      return many(name, n);
    std::fprintf(stderr, "caf_bench: what is %s?\n", name.c_str());
    std::exit(2);
  }

private:
  static actor_system_config& configured(std::size_t workers) {
    static actor_system_config config;
    config.set("scheduler.max-threads", workers);
    return config;
  }

  void wait(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      self_->receive([](done) {});
  }
  actor me() { return actor_cast<actor>(self_); }

  // Once to warm up, then the one that counts.
  static double each(std::size_t count, const std::function<void()>& run) {
    run();
    return once(count, run);
  }
  static double once(std::size_t count, const std::function<void()>& run) {
    const auto begin = clock_type::now();
    run();
    return std::chrono::duration<double, std::nano>(clock_type::now() - begin)
               .count() /
           static_cast<double>(count);
  }

  double calls(std::size_t pairs, std::uint64_t count, bool has_timeout) {
    std::vector<actor> clients;
    for (std::size_t i = 0; i < pairs; ++i) {
      clients.push_back(
          system_.spawn(caller, system_.spawn(server), has_timeout));
    }
    return each(pairs * count, [&] {
      for (const auto& one : clients)
        self_->send(one, go::value, count, me());
      wait(pairs);
    });
  }

  double casts(std::size_t senders, std::uint64_t count) {
    const auto to = system_.spawn(server);
    std::vector<actor> clients;
    for (std::size_t i = 0; i < senders; ++i)
      clients.push_back(system_.spawn(caster, to));
    return each(senders * count, [&] {
      self_->send(to, tell::value, senders * count, me());
      for (const auto& one : clients)
        self_->send(one, go::value, count, me());
      wait(1);
    });
  }

  double ring(std::size_t n, std::uint64_t hops) {
    std::vector<actor> all;
    for (std::size_t i = 0; i < n; ++i)
      all.push_back(system_.spawn(server));
    for (std::size_t i = 0; i < n; ++i)
      self_->send(all[i], next::value, all[(i + 1) % n]);
    return each(hops, [&] {
      self_->send(all[0], hop::value, hops, me());
      wait(1);
    });
  }

  static double resident() {
    std::ifstream statm("/proc/self/statm");
    double all = 0;
    double pages = 0;
    statm >> all >> pages;
    return pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
  }

  void ask(const actor& one) {
    self_->request(one, infinite, ping::value, std::uint64_t{0})
        .receive([](std::uint64_t) {}, [](const error&) { std::abort(); });
  }

  double many(const std::string& name, std::size_t n) {
    std::vector<actor> all;
    all.reserve(n);
    const auto before = resident();
    const auto spawned = once(n, [&] {
      for (std::size_t i = 0; i < n; ++i)
        all.push_back(system_.spawn(server));
      ask(all.back());
    });
    if (name == "spawn")
      return spawned;
    if (name == "bytes")
      return (resident() - before) / static_cast<double>(n);
    return each(n, [&] {
      for (const auto& one : all)
        self_->send(one, tick::value, std::uint64_t{0});
      ask(all.back());
    });
  }

  actor_system system_;
  scoped_actor self_{system_};
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: caf_bench NAME N WORKERS\n");
    return 2;
  }
  measurement on(std::strtoull(arguments[3], nullptr, 10));
  std::printf("%.3f\n",
              on.run(arguments[1], std::strtoull(arguments[2], nullptr, 10)));
  std::fflush(stdout);
  std::_Exit(0);  // not a million actors, one after the other
}
