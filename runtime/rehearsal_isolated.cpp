// Conversions that may crash or never return are called in a child of a child:
//
//   the node        closes the gates, forks, opens them again, waits
//   the keeper      a copy of the node in which nothing runs; for as long as there
//                   are states left it forks
//   the converter   converts one state after the other. Where it dies or stays in
//                   one for too long, that state is noted and the keeper forks the
//                   next, which goes on behind it
//
// Both children have the forking thread alone, so locks that other threads held
// stay locked in them: they run what converts, and nothing of the node. What they
// find they write into memory that all three share.
#include "runtime/rehearsal_isolated.hpp"

#include "runtime/activation.hpp"
#include "runtime/errors.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/scheduler.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <set>
#include <utility>

namespace instar {
namespace {

using std::chrono::nanoseconds;

/// What conversions may allocate all together where no limit is set.
constexpr std::size_t default_memory_bytes = std::size_t{1} << 30;
/// After as many crashes and hangs nothing new is learned.
constexpr std::size_t most_deaths = 16;
constexpr std::size_t why_size = 512;
constexpr std::size_t most_texts = 64;
constexpr std::chrono::milliseconds first_back_off{2};
constexpr std::chrono::milliseconds last_back_off{500};

enum class ending : std::uint32_t { none, returned, crashed, hung, busy };

/// Of one state; in shared memory.
struct noted_state {
  ending how = ending::none;
  std::int32_t signal = 0;  // crashed; negative: an exit status
  rehearsal_step fault = rehearsal_step::none;
  bool went_up = false;
  bool went_down = false;
  bool was_compared = false;
  std::uint32_t text = 0;  // in `texts`, from 1 on; 0: none
  std::int64_t up_ns = 0;
  std::int64_t down_ns = 0;
  std::int64_t bytes = 0;
};

struct shared_notes {
  /// Of the process whose states are converted now, counted from 1; 0: none.
  std::atomic<std::uint64_t> current{0};
  /// Which of its conversions that is.
  std::atomic<std::uint64_t> conversion{0};
  std::atomic<std::uint64_t> text_count{0};
  char texts[most_texts][why_size];
};

/// Memory that a fork does not copy.
class shared_memory {
public:
  explicit shared_memory(std::size_t bytes)
      : bytes_(bytes),
        at_(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {}
  shared_memory(const shared_memory&) = delete;
  shared_memory& operator=(const shared_memory&) = delete;
  ~shared_memory() {
    if (at_ != MAP_FAILED)
      ::munmap(at_, bytes_);
  }
  void* get() const { return at_ == MAP_FAILED ? nullptr : at_; }

private:
  std::size_t bytes_;
  void* at_;
};

struct state_to_convert {
  std::size_t chain = 0;
  process* holder = nullptr;
  pid who;
  const box* state = nullptr;
  /// The first of its chain's conversions in `states`.
  std::size_t first = 0;
};

struct isolated_work {
  const rehearsal_plan& plan;
  std::vector<state_to_convert> all;
  shared_notes* notes = nullptr;
  noted_state* states = nullptr;

  const rehearsed_chain& chain_of(const state_to_convert& one) const {
    return plan.chains[one.chain];
  }
  /// Of the conversion that runs now, of process `at`.
  noted_state& state_at(std::size_t at) const {
    return states[all[at].first + notes->conversion.load()];
  }
  duration limit_at(std::size_t at) const {
    const auto& one = all[at];
    const auto module = chain_of(one).modules[notes->conversion.load()];
    return limit_of(*one.holder, plan.modules[module]);
  }
};

// ---- in the children ----------------------------------------------------------

void die_with_parent() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void limit_memory(std::size_t bytes) {
  // Address space is what can be limited; the node's own counts as well.
  std::uint64_t pages = 0;
  if (auto* file = std::fopen("/proc/self/statm", "re")) {
    char line[128];
    if (std::fgets(line, sizeof line, file) != nullptr)
      pages = std::strtoull(line, nullptr, 10);
    std::fclose(file);
  }
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const auto most = pages * page + bytes;
  const ::rlimit limit{most, most};
  ::setrlimit(RLIMIT_AS, &limit);
}

void note(isolated_work& work, std::size_t at, const state_rehearsal& went) {
  auto& to = work.state_at(at);
  to.fault = went.fault;
  to.went_up = went.went_up;
  to.went_down = went.went_down;
  to.was_compared = went.was_compared;
  to.up_ns = std::chrono::duration_cast<nanoseconds>(went.up).count();
  to.down_ns = std::chrono::duration_cast<nanoseconds>(went.down).count();
  to.bytes = went.bytes;
  if (!went.why.empty()) {
    const auto text = work.notes->text_count.fetch_add(1);
    if (text < most_texts) {
      std::snprintf(work.notes->texts[text], why_size, "%s", went.why.c_str());
      to.text = static_cast<std::uint32_t>(text + 1);
    }
  }
  to.how = ending::returned;
}

[[noreturn]] void run_converter(isolated_work& work, std::size_t from) {
  die_with_parent();
  for (const int fatal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTERM})
    ::signal(fatal, SIG_DFL);
  ::sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const ::rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const auto limit = work.plan.options.memory_limit_bytes;
  limit_memory(limit == 0 ? default_memory_bytes : limit);
  std::set<const process*> claimed;
  for (auto at = from; at < work.all.size(); ++at) {
    const auto& one = work.all[at];
    const auto& by = work.chain_of(one);
    // Nobody runs it, so its state is whole. It is never given back.
    const bool is_mine =
        claimed.contains(one.holder) || one.holder->try_claim();
    if (is_mine)
      claimed.insert(one.holder);
    if (!is_mine || one.holder->self() != one.who ||
        one.holder->has_waiting_handler() || !one.holder->is_initialised() ||
        one.state->owner != by.from) {
      work.states[one.first].how = ending::busy;
      continue;
    }
    work.notes->conversion.store(0);
    work.notes->current.store(at + 1);
    activation here(*one.holder);
    here.see_exports();
    const rehearsal_steps steps{
        [&](std::size_t module) {
          const auto number =
              std::find(by.modules.begin(), by.modules.end(), module) -
              by.modules.begin();
          work.notes->conversion.store(static_cast<std::uint64_t>(number));
        },
        [&](std::size_t, const state_rehearsal& went) {
          note(work, at, went);
        }};
    rehearse_state(*one.holder, *one.state, by, work.plan, steps);
    work.notes->current.store(0);
  }
  ::_exit(0);
}

/// Waits for the converter; true where it came to its end by itself.
bool wait_for_converter(isolated_work& work, ::pid_t converter) {
  using clock = std::chrono::steady_clock;
  const auto place = [&] {
    return std::pair(work.notes->current.load(), work.notes->conversion.load());
  };
  auto current = place();
  auto since = clock::now();
  for (;;) {
    int status = 0;
    const auto ended = ::waitpid(converter, &status, WNOHANG);
    if (ended == converter) {
      const auto at = work.notes->current.load();
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
      if (at != 0) {
        auto& to = work.state_at(at - 1);
        to.how = ending::crashed;
        to.signal =
            WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
      }
      return at == 0;
    }
    const auto now = place();
    if (std::exchange(current, now) != now)
      since = clock::now();
    if (now.first != 0 && clock::now() - since > work.limit_at(now.first - 1)) {
      ::kill(converter, SIGKILL);
      ::waitpid(converter, &status, 0);
      work.state_at(now.first - 1).how = ending::hung;
      return false;
    }
    const ::timespec pause{0, 1'000'000};
    ::nanosleep(&pause, nullptr);
  }
}

[[noreturn]] void run_keeper(isolated_work& work, int done) {
  die_with_parent();
  // A connection that the node closes must not stay open here.
  if (done > 3)
    ::close_range(3, static_cast<unsigned>(done) - 1, 0);
  ::close_range(static_cast<unsigned>(done) + 1, ~0U, 0);
  std::size_t from = 0;
  for (std::size_t deaths = 0; deaths < most_deaths; ++deaths) {
    work.notes->current.store(0);
    const auto converter = ::fork();
    if (converter < 0)
      ::_exit(1);
    if (converter == 0)
      run_converter(work, from);
    if (wait_for_converter(work, converter))
      break;
    from = work.notes->current.load();
  }
  ::_exit(0);
}

// ---- in the node ----------------------------------------------------------------

std::set<std::string> gates_of(const rehearsal_batches& batches) {
  std::set<std::string> found;
  for (const auto& modules : batches) {
    for (const auto& one : modules) {
      if (one.is_suspended || one.is_converted)
        found.insert(one.module);
    }
  }
  return found;
}

/// The processes behind the closed gates, and memory for what becomes of them.
result<std::unique_ptr<shared_memory>> collect(isolated_work& work,
                                               rehearsal_tally& tally) {
  std::size_t conversions = 0;
  for (std::size_t i = 0; i < work.plan.chains.size(); ++i) {
    const auto& chain = work.plan.chains[i];
    const bool is_called =
        !work.plan.modules[chain.modules.front()].up->has_effects();
    const std::lock_guard lock(chain.from->mutex);
    for (auto* b = chain.from->first_box; b != nullptr; b = b->next) {
      tally.add_process(chain);
      if (!is_called)
        continue;
      work.all.push_back({i, b->holder, b->holder->self(), b, conversions});
      conversions += chain.modules.size();
    }
  }
  auto memory = std::make_unique<shared_memory>(
      sizeof(shared_notes) + conversions * sizeof(noted_state));
  if (memory->get() == nullptr) {
    return failure(errc::not_supported,
                   fmt::format("no memory to share with a child: {}",
                               std::strerror(errno)));
  }
  work.notes = new (memory->get()) shared_notes;
  work.states = reinterpret_cast<noted_state*>(work.notes + 1);
  return memory;
}

/// Forks the keeper while nobody is inside; the gates are open again then.
result<::pid_t> fork_when_quiet(runtime& node, isolated_work& work,
                                const std::set<std::string>& gated, int done,
                                rehearsal_tally& tally,
                                std::unique_ptr<shared_memory>& memory) {
  auto& sched = node.sched();
  auto& gates = node.all_gates();
  const auto& options = work.plan.options;
  const auto began = sched.now();
  auto back_off = duration(first_back_off);
  for (;;) {
    const auto closed_at = sched.now();
    gates.close(gated);
    if (sched.wait([&] { return gates.is_quiet(); },
                   closed_at + options.hold)) {
      auto made = collect(work, tally);
      ::pid_t child = -1;
      if (made) {
        memory = std::move(*made);
        child = ::fork();
        if (child == 0)
          run_keeper(work, done);
      }
      const int error = errno;
      gates.open();
      tally.set_pause(sched.now() - closed_at);
      if (!made)
        return made.error();
      if (child < 0) {
        return failure(
            errc::not_supported,
            fmt::format("the node cannot be forked: {}", std::strerror(error)));
      }
      return child;
    }
    gates.open();
    if (sched.now() - began + back_off >= options.suspend_timeout) {
      return failure(errc::not_quiet,
                     "not quiet in time, to rehearse in a child");
    }
    sched.wait([] { return false; }, sched.now() + back_off);
    back_off = std::min(back_off * 2, duration(last_back_off));
  }
}

std::string why_of(const isolated_work& work, const noted_state& one,
                   duration limit) {
  switch (one.how) {
    case ending::crashed:
      return one.signal > 0
                 ? fmt::format("code_change crashed: {} (signal {})",
                               ::sigdescr_np(one.signal), one.signal)
                 : fmt::format("code_change ended its process, with status {}",
                               -one.signal);
    case ending::hung:
      return fmt::format(
          "code_change did not return within {} ms",
          std::chrono::duration_cast<std::chrono::milliseconds>(limit).count());
    default:
      return one.text == 0 ? std::string("one more")
                           : std::string(work.notes->texts[one.text - 1]);
  }
}

state_rehearsal went_as(const isolated_work& work, const noted_state& one,
                        const rehearsed_module& by) {
  state_rehearsal went;
  if (one.how == ending::returned) {
    went.fault = one.fault;
    went.went_up = one.went_up;
    went.went_down = one.went_down;
    went.was_compared = one.was_compared;
    went.up = nanoseconds(one.up_ns);
    went.down = nanoseconds(one.down_ns);
    went.bytes = one.bytes;
  } else {
    went.fault = rehearsal_step::up;
  }
  if (went.fault != rehearsal_step::none)
    went.why = why_of(work, one, by.convert_timeout);
  return went;
}

void add_all(runtime& node, const isolated_work& work, rehearsal_tally& tally) {
  std::vector<std::pair<pid, std::string>> names;
  for (auto& [name, who] : node.names().all())
    names.emplace_back(who, name);
  std::sort(names.begin(), names.end());
  for (const auto& of : work.all) {
    const auto named = std::lower_bound(names.begin(), names.end(),
                                        std::pair(of.who, std::string()));
    const auto name = named != names.end() && named->first == of.who
                          ? named->second
                          : std::string();
    const auto& modules = work.chain_of(of).modules;
    for (std::size_t i = 0; i < modules.size(); ++i) {
      const auto& one = work.states[of.first + i];
      if (one.how == ending::none || one.how == ending::busy)
        break;
      tally.add(modules[i], of.who, name,
                went_as(work, one, work.plan.modules[modules[i]]));
    }
  }
}

}  // namespace

result<rehearsal_report> rehearse_isolated(runtime& node,
                                           const rehearsal_plan& plan,
                                           const rehearsal_batches& batches) {
  isolated_work work{plan, {}, nullptr, nullptr};
  rehearsal_tally tally(plan, true);
  if (plan.chains.empty())
    return tally.finish();
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return failure(errc::not_supported,
                   fmt::format("no pipe: {}", std::strerror(errno)));
  }
  std::unique_ptr<shared_memory> memory;
  auto keeper =
      fork_when_quiet(node, work, gates_of(batches), ends[1], tally, memory);
  ::close(ends[1]);
  if (!keeper) {
    ::close(ends[0]);
    return keeper.error();
  }
  // Nothing is ever written: it ends when the last child has.
  ::pollfd ended{ends[0], POLLIN, 0};
  while (::poll(&ended, 1, -1) < 0 && errno == EINTR) {
  }
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(*keeper, &status, 0) < 0 && errno == EINTR) {
  }
  add_all(node, work, tally);
  return tally.finish();
}

}  // namespace instar
