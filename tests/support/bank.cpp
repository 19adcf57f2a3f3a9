#include "tests/support/bank.hpp"

#include <mutex>
#include <new>
#include <stdexcept>
#include <thread>

namespace instar::test::bank {
namespace {

/// Accounts write from several threads; a test reads when they are idle.
std::mutex ledger_mutex;

void note(const char* vsn, char kind, const item& m = {}) {
  const std::lock_guard lock(ledger_mutex);
  ledger()[self()].push_back({vsn, kind, m.sender, m.number});
}

task<std::string> pass_on(const char* vsn, const token& m) {
  note(vsn, 't');
  if (m.path.empty())
    co_return vsn;
  const auto next = m.path.front();
  const token rest{{m.path.begin() + 1, m.path.end()}};
  const auto got = co_await call(next, rest, std::chrono::hours(1));
  co_return std::string(vsn) + " " + (got ? *got : got.error().tag());
}

/// The handlers of every version; they differ in what they call themselves.
template <class Account, const char* Vsn>
struct handlers : gen_server<Account> {
  using messages = instar::messages<item, token, poison, run_in_account, go_on>;

  static Account init(const value& args) {
    if (args.is_object() && args.as_object().contains("continue"))
      continue_with(go_on{"from init"});
    return {};
  }
  static std::string handle_call(Account& s, const item& m, const from&) {
    note(Vsn, 'l', m);
    ++counter(s);
    return Vsn;
  }
  static task<std::string> handle_call(Account&, const token& m, const from&) {
    return pass_on(Vsn, m);
  }
  static void handle_cast(Account& s, const item& m) {
    note(Vsn, 's', m);
    ++counter(s);
  }
  static void handle_cast(Account& s, const poison& m) {
    if constexpr (requires { s.fails; })
      s.fails = m.fails;
  }
  static task<> handle_cast(Account&, const run_in_account& m) {
    probe_state scratch;
    (void)co_await task_of(m.function)(scratch);
  }
  static void handle_info(Account& s, const item& m) {
    note(Vsn, 'i', m);
    ++counter(s);
  }
  static void handle_continue(Account& s, const go_on&) {
    note(Vsn, 'c');
    ++counter(s);
  }

private:
  static std::int64_t& counter(Account& s) {
    if constexpr (requires { s.total; }) {
      return s.total;
    } else {
      return s.count;
    }
  }
};

constexpr char vsn_1[] = "1.0.0";
constexpr char vsn_2[] = "2.0.0";
constexpr char vsn_2_1[] = "2.0.1";
constexpr char vsn_3[] = "3.0.0";

struct bank_1 : handlers<instar_v_bank_1::account, vsn_1> {};

// `{bytes: N}` takes that much, `{steps_over: N}` too and steps over the failure,
// `{holds: true}` does not return while conversions are held.
instar_v_bank_2::account hungry_or_slow(const instar_v_bank_1::account& old,
                                        const boost::json::object& extra) {
  instar_v_bank_2::account made{"", old.count, 0};
  if (const auto* bytes = extra.if_contains("bytes"))
    made.note.assign(bytes->to_number<std::size_t>(), 'x');
  if (const auto* bytes = extra.if_contains("steps_over")) {
    try {
      made.note.assign(bytes->to_number<std::size_t>(), 'x');
    } catch (const std::bad_alloc&) {
      made.note = "less";
    }
  }
  if (extra.contains("holds")) {
    while (holds_conversions())
      std::this_thread::yield();
  }
  return made;
}

struct bank_2 : handlers<instar_v_bank_2::account, vsn_2> {
  static instar_v_bank_2::account code_change(
      const instar_v_bank_1::account& old, const change& about) {
    if (old.fails)
      throw std::runtime_error("poisoned");
    if (about.extra.is_object())
      return hungry_or_slow(old, about.extra.get_object());
    return {about.from_vsn + " to " + about.to_vsn, old.count,
            about.extra.is_int64() ? about.extra.as_int64() : 0};
  }
  static instar_v_bank_1::account code_change_down(
      const instar_v_bank_2::account& now, const change&) {
    if (now.note == "poisoned")
      throw std::runtime_error("poisoned");
    return {now.count, false};
  }
};

struct bank_2_1 : handlers<instar_v_bank_2::account, vsn_2_1> {};
struct bank_3 : handlers<instar_v_bank_3::account, vsn_3> {};

struct relay_server : gen_server<instar_v_bank_3::account> {
  static instar_v_bank_3::account init(const value&) { return {}; }
  static task<std::string> handle_call(instar_v_bank_3::account&,
                                       const token& m, const from&) {
    return pass_on("relay", m);
  }
};

}  // namespace

constinit const module_descriptor version_1 =
    instar::detail::make_descriptor<bank_1>("bank", "1.0.0", false);
constinit const module_descriptor version_2 =
    instar::detail::make_descriptor<bank_2>("bank", "2.0.0", false);
constinit const module_descriptor version_2_1 =
    instar::detail::make_descriptor<bank_2_1>("bank", "2.0.1", false);
constinit const module_descriptor version_3 =
    instar::detail::make_descriptor<bank_3>("bank", "3.0.0", false);
constinit const module_descriptor relay =
    instar::detail::make_descriptor<relay_server>("relay", "1.0.0", false);

std::atomic<bool>& holds_conversions() {
  static std::atomic<bool> holds{false};
  return holds;
}

std::map<pid, std::vector<handled>>& ledger() {
  static std::map<pid, std::vector<handled>> all;
  return all;
}

std::string history(pid account) {
  std::string text;
  std::string vsn;
  for (const auto& one : ledger()[account]) {
    if (one.vsn != vsn)
      text += (text.empty() ? "" : " ") + one.vsn;
    vsn = one.vsn;
    text += ' ';
    text += one.kind;
    if (one.number != 0)
      text += std::to_string(one.number);
  }
  return text;
}

branch::branch(std::optional<std::uint64_t> seed) : test_node(seed) {
  ledger().clear();
  first = load(version_1);
  load(relay);
}

instance* branch::add(const module_descriptor& version) {
  auto made = node.code().add_builtin(version);
  REQUIRE(made);
  return *made;
}

std::string branch::version_of(pid account) {
  const auto status = sys::get_status(node, account);
  REQUIRE(status);
  return std::string(status->at("vsn").as_string());
}

std::int64_t branch::count_of(pid account) {
  const auto state = sys::get_state(node, account);
  REQUIRE(state);
  return state->at("count").to_number<std::int64_t>();
}

void branch::run_in(pid account, task_function function) {
  node.cast(account, run_in_account{add_function(std::move(function))});
  sched.run_until_idle();
}

module_upgrade change_to(instance* next, direction way) {
  module_upgrade made;
  made.module = "bank";
  made.next = next;
  made.is_suspended = true;
  made.is_converted = true;
  made.way = way;
  return made;
}

result<> run_upgrade(upgrade& batch) {
  INSTAR_TRY(batch.check());
  INSTAR_TRY(batch.prepare());
  INSTAR_TRY(batch.commit());
  return batch.adopt(std::chrono::seconds(10));
}

}  // namespace instar::test::bank
