#include "tests/support/listeners.hpp"

#include <boost/json/serialize.hpp>

#include <mutex>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace instar::test::listeners {
namespace {

std::mutex log_mutex;
std::vector<std::string>& log_lines() {
  static std::vector<std::string> lines;
  return lines;
}

void note(const std::string& line) {
  const std::lock_guard lock(log_mutex);
  log_lines().push_back(line);
}

std::string text_of(const value& v) {
  return v.is_null() ? std::string("-") : boost::json::serialize(v);
}

const char* name_of(event_end::cause why) {
  switch (why) {
    case event_end::cause::stopped:
      return "stopped";
    case event_end::cause::removed:
      return "removed";
    case event_end::cause::deleted:
      return "deleted";
    case event_end::cause::swapped:
      return "swapped";
    case event_end::cause::supervisor_ended:
      return "supervisor_ended";
    case event_end::cause::failed:
      return "failed";
  }
  return "?";
}

void obey(const std::string& todo) {
  std::istringstream words(todo);
  std::string verb;
  words >> verb;
  if (verb == "throw")
    throw std::runtime_error("told to");
  if (verb == "leave")
    event::leave();
  if (verb == "swap") {
    std::string module;
    std::string id;
    words >> module >> id;
    event::hand_over("parting", {module, id}, boost::json::object{{"id", id}});
  }
}

/// The callbacks of every version; they differ in their states.
template <class State>
struct callbacks : gen_event<State> {
  using messages =
      instar::messages<sound, how_many, wait_for_sound, spoil, exit_message>;

  /// args {"id": ID}; {"fail": TEXT}: it throws.
  static State init(const value& args, const value& former) {
    if (args.is_object() && args.as_object().contains("fail"))
      throw std::runtime_error(args.at("fail").as_string().c_str());
    State made{};
    if (args.is_object())
      made.id = args.at("id").as_string();
    note(made.id + " init " + text_of(former));
    return made;
  }
  static void handle_event(State& s, const sound& m) {
    note(s.id + " " + std::to_string(m.number));
    ++s.count;
    for (const auto& one : std::exchange(s.waiting, {}))
      reply(one, m.number);
    if (m.for_id == s.id)
      obey(m.todo);
  }
  static void handle_event(State& s, const spoil& m) {
    if constexpr (requires { s.fails; })
      s.fails = s.fails || m.for_id == s.id;
  }
  static void handle_info(State& s, const sound& m) {
    note(s.id + " info " + std::to_string(m.number));
  }
  static void handle_info(State& s, const exit_message& m) {
    note(s.id + " exit " + m.reason.text());
  }
  static std::int64_t handle_call(State& s, const how_many& m, const from&) {
    obey(m.todo);
    return s.count;
  }
  static void handle_call(State& s, const wait_for_sound&, const from& f) {
    s.waiting.push_back(f);
  }
  static value terminate(State& s, const event_end& why) {
    note(s.id + " ends " + name_of(why.why) + " " + text_of(why.args));
    if (why.args == value("throw"))
      throw std::runtime_error("told to");
    return boost::json::object{{"last", s.id}};
  }
};

struct ear_server_1 : callbacks<instar_v_ear_1::ear> {};

struct ear_server_2 : callbacks<instar_v_ear_2::ear> {
  static instar_v_ear_2::ear code_change(const instar_v_ear_1::ear& old,
                                         const change& about) {
    if (old.fails)
      throw std::runtime_error("spoilt");
    return {old.id, about.from_vsn + " to " + about.to_vsn, old.count,
            old.waiting};
  }
  static instar_v_ear_1::ear code_change_down(const instar_v_ear_2::ear& now,
                                              const change&) {
    return {now.id, now.count, false, now.waiting};
  }
};

struct nose_server : callbacks<instar_v_nose_1::nose> {};
struct nose_server_2 : callbacks<instar_v_nose_1::nose> {
  static value format_status(const instar_v_nose_1::nose& s) {
    if (s.count == 13)
      throw std::runtime_error("thirteen");
    return boost::json::object{{"smelled", s.count}};
  }
};

struct adder_server : gen_server<probe_state> {
  using messages =
      instar::messages<run_task, run_plain, event_handler_exit, exit_message>;

  static probe_state init(const value&) { return {}; }
  static task<> handle_cast(probe_state& s, const run_task& m) {
    (void)co_await task_of(m.function)(s);
  }
  static void handle_cast(probe_state& s, const run_plain& m) {
    plain_of(m.function)(s, {});
  }
  static void handle_info(probe_state& s, const event_handler_exit& m) {
    s.heard.push_back("gone " + to_string(m.handler) + ": " + m.reason.text() +
                      (m.by.module.empty() ? "" : " by " + to_string(m.by)));
  }
  static void handle_info(probe_state& s, const exit_message& m) {
    s.heard.push_back("exit " + to_string(m.from) + " " + m.reason.text());
  }
};

}  // namespace

constinit const module_descriptor adder =
    instar::detail::make_descriptor<adder_server>("adder", "1.0.0", false);
constinit const module_descriptor ear_1 =
    instar::detail::make_descriptor<ear_server_1>("ear", "1.0.0", false);
constinit const module_descriptor ear_2 =
    instar::detail::make_descriptor<ear_server_2>("ear", "2.0.0", false);
constinit const module_descriptor nose_1 =
    instar::detail::make_descriptor<nose_server>("nose", "1.0.0", false);
constinit const module_descriptor nose_2 =
    instar::detail::make_descriptor<nose_server_2>("nose", "2.0.0", false);

std::vector<std::string> log() {
  const std::lock_guard lock(log_mutex);
  return log_lines();
}

hall::hall(std::optional<std::uint64_t> seed) : test_node(seed) {
  {
    const std::lock_guard lock(log_mutex);
    log_lines().clear();
  }
  first_ear = load(ear_1);
  load(nose_1);
  load(adder);
  bus = start(event_manager, {}, "bus");
}

instance* hall::add(const module_descriptor& version) {
  auto made = node.code().add_builtin(version);
  REQUIRE(made);
  return *made;
}

void hall::add_handler(const event_handler& name) {
  REQUIRE(event::add_handler(node, bus, name,
                             boost::json::object{{"id", name.id}}));
}

void hall::sound_out(std::int64_t number, std::string for_id,
                     std::string todo) {
  event::notify(node, bus, sound{number, std::move(for_id), std::move(todo)});
}

std::vector<std::string> hall::handlers() {
  const auto all = event::which_handlers(node, bus);
  REQUIRE(all);
  std::vector<std::string> names;
  for (const auto& one : *all)
    names.push_back(to_string(one));
  return names;
}

value hall::state_of(const event_handler& name) {
  const auto all = sys::get_state(node, bus);
  REQUIRE(all);
  for (const auto& one : all->as_array()) {
    if (one.at("module") == value(name.module) &&
        one.at("id") == (name.id.empty() ? value() : value(name.id))) {
      return one.at("state");
    }
  }
  return {};
}

std::vector<std::string> hall::versions() {
  const auto status = sys::get_status(node, bus);
  REQUIRE(status);
  std::vector<std::string> all;
  for (const auto& one : status->at("handlers").as_array()) {
    all.push_back(std::string(one.at("module").as_string()) + " " +
                  (one.at("id").is_null()
                       ? std::string("-")
                       : std::string(one.at("id").as_string())) +
                  " " + std::string(one.at("vsn").as_string()));
  }
  return all;
}

}  // namespace instar::test::listeners
