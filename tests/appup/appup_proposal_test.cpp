#include "appup/appup_proposal.hpp"

#include "module/type_of.hpp"
#include "tests/appup/support.hpp"

#include <boost/describe/class.hpp>
#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

// Two versions of the types of one application.
namespace bank {
namespace instar_v_old {

struct state {
  std::int64_t balance = 0;
};
BOOST_DESCRIBE_STRUCT(state, (), (balance))
struct narrow {
  std::int32_t balance = 0;
};
BOOST_DESCRIBE_STRUCT(narrow, (), (balance))
struct owning {
  std::unique_ptr<std::int64_t> owned;
};
BOOST_DESCRIBE_STRUCT(owning, (), (owned))
struct pay {
  std::int32_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(pay, (), (amount))
struct many {
  std::vector<pay> all;
};
BOOST_DESCRIBE_STRUCT(many, (), (all))
struct ask {
  bool unused = false;
};
BOOST_DESCRIBE_STRUCT(ask, (), (unused))

}  // namespace instar_v_old
namespace instar_v_new {

struct state {
  std::int64_t balance = 0;
  std::string owner;
};
BOOST_DESCRIBE_STRUCT(state, (), (balance, owner))
struct owning {
  std::unique_ptr<std::int64_t> owned;
  bool added = false;
};
BOOST_DESCRIBE_STRUCT(owning, (), (owned, added))
struct other {
  std::int64_t total = 0;
};
BOOST_DESCRIBE_STRUCT(other, (), (total))
struct pay {
  std::int64_t amount = 0;
  std::string from;
};
BOOST_DESCRIBE_STRUCT(pay, (), (amount, from))
struct many {
  std::vector<pay> all;
};
BOOST_DESCRIBE_STRUCT(many, (), (all))

}  // namespace instar_v_new
}  // namespace bank

namespace {

using namespace instar;
using namespace instar::appup;
using module_file::described_conversion;
using module_file::described_function;
using module_file::described_import;
using module_file::described_message;
using module_file::module_description;

namespace older = bank::instar_v_old;
namespace newer = bank::instar_v_new;

module_description library() {
  return {};
}
module_description of_kind(behaviour_kind kind) {
  module_description made;
  made.behaviour = kind;
  return made;
}
template <class State>
module_description server() {
  auto made = of_kind(behaviour_kind::gen_server);
  made.state = &type_of<State>();
  return made;
}
template <class From, class To>
described_conversion conversion(instar::direction way) {
  return {&type_of<From>(), &type_of<To>(), way, false};
}
template <class Message>
described_message message(handler_kind kind) {
  return {kind, &type_of<Message>(), nullptr};
}

/// The application bank in the versions 1.0 and 1.1.
class bank_versions {
public:
  bank_versions() {
    of.older.application = of.newer.application = "bank";
    of.older.vsn = "1.0";
    of.newer.vsn = "1.1";
  }

  bank_versions& both(const std::string& name, module_description old,
                      module_description now) {
    only_older(name, std::move(old));
    return only_newer(name, std::move(now));
  }
  bank_versions& only_older(const std::string& name, module_description old) {
    old.name = name;
    old.vsn = of.older.vsn;
    of.older.modules.push_back(name);
    of.modules[name].older = module_version{std::move(old), {}};
    return *this;
  }
  bank_versions& only_newer(const std::string& name, module_description now) {
    now.name = name;
    now.vsn = of.newer.vsn;
    of.newer.modules.push_back(name);
    of.modules[name].newer = module_version{std::move(now), {}};
    return *this;
  }

  /// The text without its first line, which reads as the proposal says.
  std::string text() const {
    const auto made = write_appup(propose_appup(of));
    test::manifests files;
    files.with("appup.yaml", made);
    const auto read = read_appup(files.files(), "appup.yaml");
    REQUIRE_MESSAGE(read, read.error().message());
    CHECK(read->warnings.empty());
    const std::string first = "# bank between " + of.older.vsn + " and " +
                              of.newer.vsn +
                              ", as proposed by instar appup generate.\n";
    REQUIRE(made.starts_with(first));
    return '\n' + made.substr(first.size());
  }
  std::string up() const {
    auto made = text();
    return made.substr(0, made.find("down:\n"));
  }
  std::string down() const {
    auto made = text();
    return '\n' + made.substr(made.find("down:\n"));
  }

  application_versions of;
};

}  // namespace

TEST_SUITE("appup/appup_proposal") {
  TEST_CASE("a module that only one version has is added and deleted") {
    bank_versions app;
    app.only_older("ledger", server<older::state>());
    app.only_newer("journal", library());
    CHECK(app.text() == R"(
vsn: "1.1"
up:
  - from: "1.0"
    instructions:
      # a library that 1.0 does not have
      - add_module: journal
      # a gen_server that 1.1 does not have
      # DECIDE: does a process of ledger still run then? It is ended when its
      #   code is purged: let its supervisor end it before
      - delete_module: ledger
down:
  - to: "1.0"
    instructions:
      # a gen_server that 1.1 does not have
      # its processes are not started by this
      - add_module: ledger
      # a library that 1.0 does not have
      - delete_module: journal
)");
  }

  TEST_CASE("the same code needs no instruction") {
    bank_versions app;
    app.both("ledger", server<older::state>(), server<older::state>());
    app.of.modules["ledger"].is_same_code = true;
    CHECK(app.text() == R"(
vsn: "1.1"
up:
  - from: "1.0"
    # no module differs
    instructions: []
down:
  - to: "1.0"
    # no module differs
    instructions: []
)");
  }

  TEST_CASE("without a state there is only code to load") {
    bank_versions app;
    app.both("format", library(), library());
    app.both("bank_app", of_kind(behaviour_kind::application),
             of_kind(behaviour_kind::application));
    app.of.modules["format"].newer->writable_globals = {"cache", "hits"};
    CHECK(app.up() == R"(
vsn: "1.1"
up:
  - from: "1.0"
    instructions:
      # a library with other code: there is no state
      # variables that start fresh, and are no state: cache, hits
      - load_module: format
      # an application module with other code: start is not called again, stop
      #   is the new one's
      - load_module: bank_app
)");
    CHECK(app.down().find("cache") == std::string::npos);
  }

  TEST_CASE("a supervisor gets its new specification") {
    bank_versions app;
    app.both("bank_sup", of_kind(behaviour_kind::supervisor),
             of_kind(behaviour_kind::supervisor));
    CHECK(app.up() == R"(
vsn: "1.1"
up:
  - from: "1.0"
    instructions:
      # a supervisor with other code: its children run on under what the new
      #   init specifies
      # DECIDE: does init of bank_sup 1.1 name other children than in 1.0? New
      #   ones are not started by this, and those that are gone run on
      - update: {module: bank_sup, change: supervisor}
)");
  }

  TEST_CASE("a supervisor that imports what changes is written in full") {
    bank_versions app;
    auto sup = of_kind(behaviour_kind::supervisor);
    sup.imports = {{"names", "of", "int (int)"}};
    auto names = library();
    names.functions = {{"of", "int (int)"}};
    app.both("bank_sup", sup, sup).both("names", names, names);
    const std::string instruction =
        "- update: {module: bank_sup, mod_type: static, change: {advanced: "
        "[]}, dep_mods: [names]}\n";
    CHECK(app.up().ends_with(instruction));
    CHECK(to_json(propose_appup(app.of).up.instructions.at(1)) ==
          boost::json::parse(
              R"({"update": {"module": "bank_sup", "mod_type": "static",)"
              R"( "change": {"advanced": []}, "dep_mods": ["names"]}})"));
  }

  TEST_CASE("a process whose state and messages stay gets other code only") {
    bank_versions app;
    app.both("ledger", server<older::state>(), server<older::state>());
    CHECK(app.up() == R"(
vsn: "1.1"
up:
  - from: "1.0"
    instructions:
      # a gen_server with other code
      # the state has the same layout: it stays
      # nobody else sees a difference: only its code is loaded
      - load_module: ledger
)");
  }

  TEST_CASE("a process that says other things is suspended meanwhile") {
    bank_versions app;
    auto now = server<older::state>();
    now.messages = {message<older::ask>(handler_kind::call)};
    now.functions = {{"total", "long (long)"}};
    auto old = server<older::state>();
    old.functions = {{"total", "int (int)"}, {"sum", "int (int)"}};
    app.both("ledger", old, now);
    CHECK(app.up() == R"(
vsn: "1.1"
up:
  - from: "1.0"
    instructions:
      # a gen_server with other code
      # the state has the same layout: it stays
      # call bank.ask is new
      # the function total was int (int) and is long (long)
      # 1.1 exports no sum
      # what it says to others changes: it is suspended until all have changed
      # DECIDE: does a module of another application import total of ledger? It
      #   has to change in the same upgrade
      # DECIDE: does a module of another application import sum of ledger? It
      #   has to change in the same upgrade
      - update: ledger
)");
    CHECK(app.down().find("# 1.0 takes no call bank.ask: it fails with "
                          "bad_message\n") != std::string::npos);
  }

  TEST_CASE("a state that carries over by name says so and so not down") {
    bank_versions app;
    app.both("ledger", server<older::state>(), server<newer::state>());
    CHECK(app.text() == R"(
vsn: "1.1"
up:
  - from: "1.0"
    instructions:
      # a gen_server with other code
      # state bank.state: owner is new
      # no code_change is needed: the fields carry over by name
      - update: {module: ledger, change: {advanced: null}}
down:
  - to: "1.0"
    instructions:
      # a gen_server with other code
      # state bank.state: owner is gone
      # DECIDE: field owner would be dropped: write state_of_1_0
      #   code_change_down(const state& now, const instar::change&) in ledger
      #   1.1
      - update: {module: ledger, change: {advanced: null}}
)");
  }

  TEST_CASE("a field that may have been renamed is asked for") {
    bank_versions app;
    app.both("ledger", server<older::state>(), server<newer::other>());
    const std::string rename =
        "; or, if balance is now total, in its state: static constexpr "
        "instar::renamed renames[]{{\"balance\", \"total\"}};";
    const auto proposal = propose_appup(app.of);
    CHECK(proposal.up.instructions.at(0).decisions ==
          std::vector<std::string>{
              "field balance would be dropped: write other code_change(const "
              "state& old, const instar::change&) in ledger 1.1" +
              rename});
    // The newer version declares it for both ways.
    CHECK(proposal.down.instructions.at(0).decisions ==
          std::vector<std::string>{
              "field total would be dropped: write state "
              "code_change_down(const other& now, const instar::change&) in "
              "ledger 1.1" +
              rename});
    CHECK(proposal.decision_count() == 2);
  }

  TEST_CASE("a field that becomes narrower is asked for") {
    bank_versions app;
    app.both("ledger", server<older::state>(), server<older::narrow>());
    CHECK(propose_appup(app.of).up.instructions.at(0).decisions.at(0) ==
          "field balance was int8 and is int4: write narrow code_change(const "
          "state& old, const instar::change&) in ledger 1.1");
    CHECK(propose_appup(app.of).down.instructions.at(0).decisions.empty());
  }

  TEST_CASE("what cannot be copied is adopted both ways") {
    bank_versions app;
    app.both("ledger", server<older::owning>(), server<newer::owning>());
    const auto proposal = propose_appup(app.of);
    CHECK(proposal.up.instructions.at(0).decisions ==
          std::vector<std::string>{
              "field owned cannot be copied: write owning code_change(const "
              "owning_of_1_0& old, const instar::change&) in ledger 1.1; what "
              "cannot be copied goes over in static void adopt(owning_of_1_0&& "
              "old, owning& now) noexcept"});
    CHECK(proposal.down.instructions.at(0).decisions ==
          std::vector<std::string>{
              "field owned cannot be copied; field added would be dropped: "
              "write owning_of_1_0 code_change_down(const owning& now, const "
              "instar::change&) in ledger 1.1; what cannot be copied goes "
              "over in static void adopt_down(owning&& now, owning_of_1_0& "
              "older) noexcept"});
  }

  TEST_CASE("a conversion that fits leaves nothing to decide") {
    bank_versions app;
    auto now = server<newer::state>();
    now.conversions = {
        conversion<older::state, newer::state>(instar::direction::up),
        conversion<newer::state, older::state>(instar::direction::down)};
    app.both("ledger", server<older::state>(), now);
    CHECK(app.text() == R"(
vsn: "1.1"
up:
  - from: "1.0"
    instructions:
      # a gen_server with other code
      # state bank.state: owner is new
      # code_change of ledger 1.1 converts it; it gets what stands behind
      #   advanced as change.extra
      - update: {module: ledger, change: {advanced: null}}
down:
  - to: "1.0"
    instructions:
      # a gen_server with other code
      # state bank.state: owner is gone
      # code_change_down of ledger 1.1 converts it; it gets what stands behind
      #   advanced as change.extra
      - update: {module: ledger, change: {advanced: null}}
)");
  }

  TEST_CASE("a conversion for the same layout is meant") {
    bank_versions app;
    auto now = server<older::state>();
    now.conversions = {
        conversion<older::state, older::state>(instar::direction::up)};
    app.both("ledger", server<older::state>(), now);
    const auto proposal = propose_appup(app.of);
    const auto& up = proposal.up.instructions.at(0);
    CHECK(up.change == proposed_change::advanced_update);
    CHECK(up.reasons.at(1) ==
          "the state has the same layout, but a code_change is declared for "
          "it");
    CHECK(proposal.down.instructions.at(0).change ==
          proposed_change::load_module);
  }

  TEST_CASE("a conversion that does not fit is not stepped over") {
    bank_versions app;
    auto now = server<newer::state>();
    now.conversions = {
        conversion<older::narrow, newer::state>(instar::direction::up),
        conversion<newer::state, older::narrow>(instar::direction::down)};
    app.both("ledger", server<older::state>(), now);
    const auto proposal = propose_appup(app.of);
    CHECK(proposal.up.instructions.at(0).decisions ==
          std::vector<std::string>{
              "the code_change of ledger 1.1 takes bank.narrow, which is not "
              "the state of 1.0: field balance is int8 at 0 but int4 at 0 is "
              "declared; correct it, or declare one more"});
    CHECK(proposal.down.instructions.at(0).decisions ==
          std::vector<std::string>{
              "the code_change_down of ledger 1.1 gives bank.narrow, which is "
              "not the state of 1.0: field balance is int8 at 0 but int4 at 0 "
              "is declared; correct it, or declare one more"});
  }

  TEST_CASE("a message that changed asks for its senders") {
    bank_versions app;
    auto old = server<older::state>();
    old.messages = {message<older::pay>(handler_kind::cast)};
    auto now = server<older::state>();
    now.messages = {message<newer::pay>(handler_kind::cast)};
    app.both("ledger", old, now);
    app.both("teller", server<older::state>(), server<older::state>());
    CHECK(app.up().find("# cast bank.pay: amount was int4 and is int8; from is "
                        "new\n") != std::string::npos);
    const auto decision = [&](const proposed_way& way, std::size_t at) {
      return way.instructions.at(at).decisions.at(0);
    };
    CHECK(decision(propose_appup(app.of).up, 0) ==
          "who sends bank.pay? no other module of bank mentions it; who runs "
          "other code meanwhile is understood, its fields go over by name");

    app.of.modules["teller"].mentions = {"bank.pay"};
    CHECK(decision(propose_appup(app.of).up, 0) ==
          "who sends bank.pay? teller mentions it: where one is a sender, add "
          "ledger to its dep_mods; who runs other code meanwhile is "
          "understood, its fields go over by name");
    CHECK(decision(propose_appup(app.of).down, 1) ==
          "who sends bank.pay? teller mentions it: where one is a sender, add "
          "ledger to its dep_mods; who runs other code meanwhile is not "
          "understood (field amount was int8 and is int4), so it has to change "
          "in the same upgrade");
  }

  TEST_CASE("a message or reply that cannot be carried over is named") {
    bank_versions app;
    auto old = server<older::state>();
    old.messages = {
        {handler_kind::call, &type_of<older::ask>(), &type_of<older::many>()}};
    auto now = server<older::state>();
    now.messages = {
        {handler_kind::call, &type_of<older::ask>(), &type_of<newer::many>()}};
    app.both("ledger", old, now);
    const auto up = propose_appup(app.of).up.instructions.at(0);
    CHECK(up.change == proposed_change::soft_update);
    CHECK(up.reasons.at(2) ==
          "reply to call bank.ask: all[].amount was int4 and is int8; "
          "all[].from is new");
    CHECK(up.decisions ==
          std::vector<std::string>{
              "who sends bank.ask? no other module of bank mentions it; who "
              "runs other code meanwhile is not understood (field all is "
              "vector<bank.pay>, whose contents differ), so it has to change "
              "in the same upgrade"});
  }

  TEST_CASE("a script goes from what others need to them and back") {
    bank_versions app;
    auto user = library();
    user.imports = {{"middle", "f", "int ()"}, {"other", "g", "int ()"}};
    auto middle = library();
    middle.functions = {{"f", "int ()"}};
    middle.imports = {{"base", "h", "int ()"}};
    auto base = library();
    base.functions = {{"h", "int ()"}};
    app.both("user", user, user).both("lone", library(), library());
    app.both("middle", middle, middle).both("base", base, base);
    app.only_newer("fresh", base);
    app.of.modules["fresh"].newer->about.imports = {{"base", "h", "int ()"}};
    app.of.modules["user"].newer->about.imports.push_back(
        {"fresh", "h", "int ()"});
    const auto proposal = propose_appup(app.of);
    const auto order = [](const proposed_way& way) {
      std::string all;
      for (const auto& one : way.instructions) {
        all += one.module + '(';
        for (const auto& before : one.dep_mods)
          all += before + ' ';
        all += ") ";
      }
      return all;
    };
    CHECK(order(proposal.up) ==
          "base() fresh(base ) middle(base ) user(fresh middle ) lone() ");
    CHECK(order(proposal.down) ==
          "lone() user(middle ) middle(base ) fresh() base() ");
    CHECK(proposal.decision_count() == 0);
  }

  TEST_CASE("a circle of imports has an order too") {
    bank_versions app;
    auto one = library();
    one.functions = {{"f", "int ()"}};
    one.imports = {{"two", "f", "int ()"}};
    auto two = library();
    two.functions = {{"f", "int ()"}};
    two.imports = {{"one", "f", "int ()"}};
    app.both("one", one, one).both("two", two, two);
    const auto up = propose_appup(app.of).up;
    REQUIRE(up.instructions.size() == 2);
    CHECK(up.instructions[0].module == "two");
    CHECK(up.instructions[1].dep_mods == std::vector<std::string>{"two"});
  }

  TEST_CASE("who may send what changes comes after who takes it") {
    bank_versions app;
    auto taker = server<older::state>();
    taker.messages = {message<older::ask>(handler_kind::call)};
    app.both("asker", server<older::state>(), server<older::state>());
    app.both("taker", taker, taker);
    app.of.modules["asker"].mentions = {"bank.ask"};
    const auto proposal = propose_appup(app.of);
    CHECK(proposal.up.instructions.at(0).module == "taker");
    CHECK(proposal.up.instructions.at(1).dep_mods.empty());
    CHECK(proposal.down.instructions.at(0).module == "asker");
  }

  TEST_CASE("an import counts for more than a message that may be sent") {
    bank_versions app;
    auto taker = server<older::state>();
    taker.messages = {message<older::ask>(handler_kind::call)};
    taker.imports = {{"asker", "f", "int ()"}};
    auto asker = server<older::state>();
    asker.functions = {{"f", "int ()"}};
    app.both("asker", asker, asker).both("taker", taker, taker);
    app.of.modules["asker"].mentions = {"bank.ask"};
    const auto up = propose_appup(app.of).up;
    CHECK(up.instructions.at(0).module == "asker");
    CHECK(up.instructions.at(1).dep_mods == std::vector<std::string>{"asker"});
  }

  TEST_CASE("an import that the target does not have has to be mended") {
    bank_versions app;
    auto user = library();
    user.imports = {{"base", "f", "int ()"},
                    {"base", "g", "int ()"},
                    {"gone", "h", "int ()"},
                    {"elsewhere", "i", "int ()"}};
    auto old = library();
    old.functions = {{"f", "int ()"}, {"g", "int ()"}};
    auto now = library();
    now.functions = {{"f", "long ()"}};
    auto gone = library();
    gone.functions = {{"h", "int ()"}};
    app.both("user", user, user).both("base", old, now);
    app.only_older("gone", gone);
    app.of.modules["user"].is_same_code = true;
    const auto proposal = propose_appup(app.of);
    CHECK(proposal.up.decisions ==
          std::vector<std::string>{
              "user 1.1 imports f of base, as int (), but it is long (): mend "
              "one of them",
              "user 1.1 imports g of base, which exports no such function: "
              "mend one of them",
              "user 1.1 imports h of gone, which 1.1 does not have: mend one "
              "of them"});
    CHECK(proposal.down.decisions.empty());
    CHECK(
        app.up().find("  - from: \"1.0\"\n    # DECIDE: user 1.1 imports f") !=
        std::string::npos);
  }

  TEST_CASE("another behaviour cannot take the processes over") {
    bank_versions app;
    app.both("ledger", server<older::state>(), library());
    CHECK(app.up() == R"(
vsn: "1.1"
up:
  - from: "1.0"
    instructions:
      # a library, which was a gen_server in 1.0
      # DECIDE: processes of another behaviour cannot go over: is none of ledger
      #   alive, or is it restart_application: bank, which loses all states?
      - load_module: ledger
)");
  }

  TEST_CASE("what differs in app.yaml is told above") {
    bank_versions app;
    app.of.older.registered = {"ledger", "old_name"};
    app.of.newer.registered = {"ledger", "new_name"};
    app.of.newer.applications = {"log"};
    app.of.newer.shared_libraries = {"libz.so.1"};
    app.of.older.env = {{"limit", 100}, {"gone", true}};
    app.of.newer.env = {{"limit", 200}, {"name", "x"}};
    app.of.newer.mod = app_mod{"bank_app", nullptr};
    app.of.newer.start_phases = {{"warm", nullptr}};
    const auto made = app.text();
    CHECK(made.substr(0, made.find("up:")) == R"(
# registered: new_name new; old_name gone: an upgrade registers nothing: the
#   process that has the name must be started
# applications: log new: the release has to have them; new ones are started
#   before
# shared_libraries: libz.so.1 new: one that is mapped already stays until the
#   node restarts
# mod differs: start is not called in an upgrade, so it counts from the next
#   start of the node on
# start_phases differ: they count at a start
# env: limit was 100 and is 200, name is new, gone is gone: it counts from the
#   commit on; what a process has read from it before stays in its state
vsn: "1.1"
)");
  }

  TEST_CASE("versions of different lengths make every module a changed one") {
    bank_versions app;
    app.of.newer.vsn = "1.10";
    app.both("format", library(), library());
    const auto made = app.text();
    CHECK(made.substr(0, made.find("vsn:")) == R"(
# 1.0 and 1.10 differ in length, so every module counts as changed: take away
#   what is there for equal code
)");
  }

  TEST_CASE("a name that a file has cannot leave its comment") {
    bank_versions app;
    auto now = library();
    now.functions = {{"evil\nup: []\n#\x80", "int ()"}};
    app.both("format", library(), now);
    CHECK(app.up().find("# the function evil?up: []?#? is new\n") !=
          std::string::npos);
  }

  TEST_CASE("a module whose name is a word of YAML is written in quotes") {
    bank_versions app;
    auto user = library();
    user.imports = {{"null", "f", "int ()"}};
    auto null = library();
    null.functions = {{"f", "int ()"}};
    app.both("true", user, user).both("null", null, null);
    CHECK(app.up().find("- load_module: \"null\"\n") != std::string::npos);
    CHECK(app.up().find("- load_module: {module: \"true\", dep_mods: "
                        "[\"null\"]}\n") != std::string::npos);
  }
}
