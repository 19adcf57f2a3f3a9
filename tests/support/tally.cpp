#include "tests/support/tally.hpp"

#include "module/type_walk.hpp"

namespace instar::test::tallies {
namespace {

std::string said(const std::string& who, std::int64_t number) {
  return who + " " + std::to_string(number);
}

template <class State>
std::int64_t& sum_of(State& s) {
  if constexpr (requires { s.sum; }) {
    return s.sum;
  } else {
    return s.total;
  }
}

/// The loop of all versions.
template <class Version, class State>
loop run_loop(State& s, const char* began) {
  s.heard.emplace_back(began);
  for (;;) {
    auto m = co_await receive<add, run, code_switch, again, end, become,
                              system_message>();
    if (m.template get_if<system_message>())
      co_return sys::handle_system_msg();
    if (const auto* a = m.template get_if<add>()) {
      sum_of(s) += a->amount;
      s.heard.push_back(said(Version::vsn, a->amount));
      if (m.caller().tag != 0)
        reply(m.caller(), said(Version::vsn, sum_of(s)));
    }
    if (const auto* r = m.template get_if<run>()) {
      probe_state scratch;
      auto running = task_of(r->function)(scratch);
      const auto text = co_await std::move(running);
      s.heard.push_back(text);
    }
    if (m.template get_if<code_switch>())
      co_return external_loop();
    if (m.template get_if<again>())
      co_return local_loop();
    if (auto* e = m.template get_if<end>())
      co_return e->why;
    if (const auto* b = m.template get_if<become>())
      co_return enter_loop(b->module);
  }
}

struct tally_1 : special_process<instar_v_tally_1::tally> {
  static constexpr auto vsn = "1.0.0";
  using messages =
      instar::messages<add, tallies::run, code_switch, again, end, become>;
  static state_type init(const value& args) {
    if (args.is_object() && args.get_object().contains("fail"))
      throw std::runtime_error("no tally");
    return {};
  }
  static loop run(state_type& s) { return run_loop<tally_1>(s, "start"); }
  static loop system_continue(state_type& s) {
    return run_loop<tally_1>(s, "continue");
  }
  static void system_terminate(state_type& s, const exit_reason& why) {
    ends().push_back(std::to_string(s.total) + " " + why.text());
  }
};

struct tally_2 : special_process<instar_v_tally_2::tally> {
  static constexpr auto vsn = "2.0.0";
  using messages =
      instar::messages<add, tallies::run, code_switch, again, end, become>;
  static state_type init(const value&) { return {}; }
  static loop run(state_type& s) { return run_loop<tally_2>(s, "start"); }
  static state_type system_code_change(const instar_v_tally_1::tally& old,
                                       const change& about) {
    if (about.extra == value("refuse"))
      throw std::runtime_error("refused");
    return {"from " + about.from_vsn, old.total, old.heard};
  }
  static instar_v_tally_1::tally system_code_change_down(const state_type& now,
                                                         const change&) {
    return {now.sum, now.heard};
  }
  static value system_get_state(const state_type& s) {
    if (s.sum < 0)
      throw std::runtime_error("in debt");
    return value{{"sum", s.sum}};
  }
  static void system_replace_state(state_type& s, const value& to) {
    if (!to.is_object())
      throw std::runtime_error("no object");
    s.sum = to.at("sum").as_int64();
  }
  static std::vector<std::string> get_modules(const state_type&) {
    return {"tally", "abacus"};
  }
};
struct tally_2_1 : tally_2 {
  static constexpr auto vsn = "2.1.0";
  static loop run(state_type& s) { return run_loop<tally_2_1>(s, "start"); }
};

struct deaf_tally : special_process<instar_v_tally_1::tally> {
  static state_type init(const value&) { return {}; }
  static loop run(state_type& s) {
    for (;;) {
      auto m = co_await receive<add, code_switch>();
      if (const auto* a = m.get_if<add>())
        s.total += a->amount;
      if (m.caller().tag != 0)
        reply(m.caller(), said("deaf", s.total));
      if (m.get_if<code_switch>()) {
        (void)co_await receive<system_message>();
        co_return sys::handle_system_msg();
      }
    }
  }
};

struct desk_server : gen_server<instar_v_tally_1::tally> {
  static state_type init(const value&) { return {}; }
  static std::string handle_call(state_type& s, const add& m, const from&) {
    s.total += m.amount;
    return said("desk", s.total);
  }
};

}  // namespace

constinit const module_descriptor version_1 =
    instar::detail::make_descriptor<tally_1>("tally", "1.0.0", false);
constinit const module_descriptor version_2 =
    instar::detail::make_descriptor<tally_2>("tally", "2.0.0", false);
constinit const module_descriptor version_2_1 =
    instar::detail::make_descriptor<tally_2_1>("tally", "2.1.0", false);
constinit const module_descriptor deaf =
    instar::detail::make_descriptor<deaf_tally>("deaf", "1.0.0", false);

constinit const module_descriptor desk =
    instar::detail::make_descriptor<desk_server>("desk", "1.0.0", false);

std::vector<std::string>& ends() {
  static std::vector<std::string> all;
  return all;
}

office::office(std::optional<std::uint64_t> seed) : test_node(seed) {
  ends().clear();
  first = load(version_1);
  load(deaf);
  load(desk);
}

instance* office::add_version(const module_descriptor& version) {
  auto made = node.code().add_builtin(version);
  REQUIRE(made);
  return *made;
}

std::string office::heard_by(pid process) {
  // As it is, whatever system_get_state says.
  auto& p = *node.table().find_alive(process);
  const auto& box = p.raw_box();
  const auto all = to_value(*box.type, box.state).at("heard").as_array();
  std::string text;
  for (const auto& one : all) {
    text += text.empty() ? "" : ", ";
    text += std::string_view(one.as_string());
  }
  return text;
}

std::string office::ask(const target& to, std::int64_t amount) {
  const auto answer = node.call<std::string>(to, add{amount});
  return answer ? *answer : answer.error().tag();
}

module_upgrade update_to(instance* next, direction way) {
  module_upgrade one;
  one.module = next->name;
  one.next = next;
  one.is_suspended = true;
  one.is_converted = true;
  one.way = way;
  return one;
}

module_upgrade load_of(instance* next) {
  module_upgrade one;
  one.module = next->name;
  one.next = next;
  return one;
}

result<> run_batch(upgrade& batch) {
  INSTAR_TRY(batch.check());
  INSTAR_TRY(batch.prepare());
  INSTAR_TRY(batch.commit());
  return batch.adopt(std::chrono::seconds(10));
}

}  // namespace instar::test::tallies
