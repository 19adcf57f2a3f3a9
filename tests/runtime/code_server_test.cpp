// Calls between modules, and what a batch changes of them.
#include "runtime/apply.hpp"
#include "runtime/upgrade.hpp"
#include "tests/support/test_node.hpp"

#include <stdexcept>

namespace instar::test {
namespace {

using strings = std::vector<std::string>;

std::string quiet(std::string text) {
  return text;
}
std::string loud(std::string text) {
  return text + "!";
}

struct speech_1 : library {
  using exports = export_list<fn<"say", &quiet>>;
};
struct speech_2 : library {
  using exports = export_list<fn<"say", &loud>>;
};
result<value> repeat(const value& args) {
  if (args.is_null())
    throw std::runtime_error("nothing to repeat");
  if (args == "refuse")
    return failure(errc::badarg, "refused");
  return args;
}
struct applied : library {
  using exports = export_list<fn<"repeat", &repeat>, fn<"say", &quiet>>;
};
constinit const module_descriptor applied_module =
    detail::make_descriptor<applied>("applied", "1.0.0", false);

/// Exports nothing of what it exported.
struct speech_3 : library {};

constinit const module_descriptor speech_1_module =
    detail::make_descriptor<speech_1>("speech", "1.0.0", false);
constinit const module_descriptor speech_2_module =
    detail::make_descriptor<speech_2>("speech", "2.0.0", false);
constinit const module_descriptor speech_3_module =
    detail::make_descriptor<speech_3>("speech", "3.0.0", false);

using say_it = external<"speech", "say", std::string(std::string)>;
using wrong = external<"speech", "say", int(int)>;

struct speaker : gen_server<probe_state> {
  using imports = import_list<say_it>;
  static probe_state init(const value&) { return {}; }
  static std::string handle_call(probe_state&, const ask& m, const from&) {
    return say_it::call(m.text);
  }
};
constinit const module_descriptor speaker_module =
    detail::make_descriptor<speaker>("speaker", "1.0.0", false);

struct stranger : library {
  using imports = import_list<wrong>;
};
constinit const module_descriptor stranger_module =
    detail::make_descriptor<stranger>("stranger", "1.0.0", false);

module_upgrade to(const char* module, instance* next) {
  module_upgrade made;
  made.module = module;
  made.next = next;
  return made;
}

}  // namespace

TEST_SUITE("runtime/code_server") {
  TEST_CASE("a call between modules reaches the current version") {
    test_node t;
    t.load(speech_1_module);
    t.load(speaker_module);
    const auto p = t.start("speaker");
    auto said = t.node.call<std::string>(p, ask{"a"});
    REQUIRE(said);
    CHECK(*said == "a");
    auto next = t.node.code().add_builtin(speech_2_module);
    REQUIRE(next);
    upgrade batch(t.node, {to("speech", *next)}, {});
    REQUIRE(batch.check());
    REQUIRE(batch.prepare());
    said = t.node.call<std::string>(p, ask{"b"});
    REQUIRE(said);
    CHECK(*said == "b");
    REQUIRE(batch.commit());
    REQUIRE(batch.adopt(10s));
    said = t.node.call<std::string>(p, ask{"c"});
    REQUIRE(said);
    CHECK(*said == "c!");
    CHECK(t.node.code().soft_purge("speech"));
  }

  TEST_CASE("a call of a function that is gone ends the caller with undef") {
    test_node t;
    t.load(speech_3_module);
    t.load(speaker_module);
    const auto p = t.start("speaker");
    const auto said = t.node.call<std::string>(p, ask{"a"});
    REQUIRE_FALSE(said);
    CHECK(said.error().context == "undef: speech:say");
    CHECK_FALSE(t.is_alive(p));
    // And is found again when it comes later.
    t.load(speech_1_module);
    CHECK(t.node.call<std::string>(t.start("speaker"), ask{"a"}));
  }

  TEST_CASE("an import of another signature is refused with both") {
    test_node t;
    t.load(speech_1_module);
    auto made = t.node.code().add_builtin(stranger_module);
    REQUIRE(made);
    const auto fits = t.node.code().check_imports(**made, {});
    REQUIRE_FALSE(fits);
    CHECK(fits.error().code == errc::undef);
    CHECK(fits.error().context.find("stranger 1.0.0 imports speech:say as ") ==
          0);
    const auto none = t.node.code().add_builtin(speech_3_module);
    REQUIRE(none);
    CHECK_FALSE(t.node.code().check_imports(**made, {*none}));
  }

  TEST_CASE("current old and older versions are told apart") {
    test_node t;
    auto& code = t.node.code();
    auto* first = t.load(speech_1_module);
    auto* second = t.load(speech_2_module);
    CHECK(code.current("speech") == second);
    CHECK(code.old("speech") == first);
    CHECK(code.current("nothing") == nullptr);
    code.commit({{}, {"speech"}});
    CHECK(code.current("speech") == nullptr);
    CHECK(code.old("speech") == second);
    strings listed;
    for (const auto& one : code.all_loaded())
      listed.push_back(one.name + " " + one.current_vsn + " " + one.old_vsn);
    CHECK(listed == strings{"probe 1.0.0 ", "speech  2.0.0"});
    CHECK(code.purge_older("speech"));
    CHECK(code.old("speech") == second);
    CHECK(code.soft_purge("speech"));
    CHECK(code.old("speech") == nullptr);
    CHECK(code.soft_purge("speech"));
    CHECK(code.soft_purge("nothing"));
  }

  TEST_CASE("a function is found by its name and its signature") {
    test_node t;
    t.load(speech_1_module);
    const auto* about = speech_1_module.functions;
    auto& code = t.node.code();
    CHECK(code.function("speech", "say", about[0].signature));
    const auto other = code.function("speech", "say", "int (int)");
    REQUIRE_FALSE(other);
    CHECK(other.error().code == errc::undef);
    const auto none = code.function("speech", "sing", about[0].signature);
    REQUIRE_FALSE(none);
    CHECK(none.error().context == "speech 1.0.0 exports no function sing");
    const auto nothing = code.function("nothing", "say", "");
    REQUIRE_FALSE(nothing);
    CHECK(nothing.error().code == errc::no_such_module);
  }

  TEST_CASE("a function is applied in a process of its own") {
    for_seeds(20, [](std::uint64_t seed) {
      test_node t(seed);
      t.load(applied_module);
      const auto began = t.sched.now();
      const auto answer = apply(t.node, "applied", "repeat", 7, 5s);
      REQUIRE(answer);
      CHECK(*answer == 7);
      const auto refused = apply(t.node, "applied", "repeat", "refuse", 5s);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().context == "refused");
      const auto thrown = apply(t.node, "applied", "repeat", nullptr, 5s);
      REQUIRE_FALSE(thrown);
      CHECK(thrown.error().code == errc::callback_failed);
      CHECK(thrown.error().context == "applied:repeat: nothing to repeat");
      const auto other = apply(t.node, "applied", "say", 1, 5s);
      REQUIRE_FALSE(other);
      CHECK(other.error().code == errc::undef);
      t.sched.run_until_idle();
      CHECK(t.node.table().alive() == 0);
      CHECK(t.sched.now() == began);
      CHECK(t.node.crash_count() == 0);
    });
  }

  TEST_CASE("a function that is held at a gate is not applied in time") {
    test_node t;
    t.load(applied_module);
    t.node.all_gates().close({"applied"});
    const auto held = apply(t.node, "applied", "repeat", 7, 5s);
    REQUIRE_FALSE(held);
    CHECK(held.error().code == errc::timeout);
    t.node.all_gates().open();
    t.sched.run_until_idle();
    CHECK(t.node.table().alive() == 0);
  }
}

}  // namespace instar::test
