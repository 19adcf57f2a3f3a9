#include "tests/support/test_supervisor.hpp"

#include <deque>
#include <stdexcept>

namespace instar::test {
namespace {

std::deque<supervisor_spec>& specs() {
  static std::deque<supervisor_spec> all;
  return all;
}

}  // namespace

constinit const module_descriptor test_supervisor_module =
    detail::make_descriptor<test_supervisor>("test_sup", "1.0.0", false);

supervisor_spec test_supervisor::init(const value& args) {
  if (const auto* fail = args.as_object().if_contains("fail"))
    throw std::runtime_error(std::string(fail->as_string()));
  return spec_of(args);
}

value add_spec(supervisor_spec spec) {
  specs().push_back(std::move(spec));
  return boost::json::object{{"spec", specs().size() - 1}};
}
supervisor_spec& spec_of(const value& args) {
  return specs().at(args.at("spec").to_number<std::size_t>());
}

family::family(std::optional<std::uint64_t> seed) : test_node(seed) {
  load(test_supervisor_module);
}

child_spec family::child(const std::string& id, restart_type restart) {
  child_spec made;
  made.id = id;
  made.start.module = "probe";
  made.start.name = id;
  made.start.args = boost::json::object{
      {"run",
       add_function(plain_function([this, id](probe_state&, const from&) {
         if (auto& failures = fail_starts[id]; failures > 0) {
           --failures;
           events_.push_back("!" + id);
           throw std::runtime_error("cannot start " + id);
         }
         names_[to_string(self())] = id;
         events();
         events_.push_back("+" + id);
       }))}};
  made.restart = restart;
  return made;
}

pid family::start_supervisor(supervisor_spec spec, const std::string& name) {
  return start("test_sup", add_spec(std::move(spec)), name);
}

std::vector<std::string> family::events() {
  const auto& all = terminations();
  for (; seen_terminations_ < all.size(); ++seen_terminations_) {
    const auto& one = all[seen_terminations_];
    const auto space = one.find(' ');
    events_.push_back("-" + names_[one.substr(0, space)] + one.substr(space));
  }
  return events_;
}

void family::crash(const std::string& id) {
  node.cast(
      node.whereis(id),
      run_plain{add_function(plain_function([](probe_state&, const from&) {
        throw std::runtime_error("crash");
      }))});
  sched.run_until_idle();
}

std::vector<child_info> family::children(pid supervisor) {
  auto answer =
      node.call<std::vector<child_info>>(supervisor, which_children{});
  REQUIRE(answer);
  return *answer;
}

}  // namespace instar::test
