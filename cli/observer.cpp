// instar observer: looks at a running node, in the terminal or once. The loop alone:
// what it shows is observer_frame's, what a key does observer_state's.
#include "cli/arguments.hpp"
#include "cli/errors.hpp"
#include "cli/observer_feed.hpp"
#include "cli/observer_frame.hpp"
#include "cli/observer_signals.hpp"
#include "cli/observer_state.hpp"
#include "cli/observer_terminal.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"

#include <langinfo.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <clocale>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace instar::cli {
namespace {

using std::chrono::steady_clock;

struct arguments {
  std::string view = "tree";
  process_choice chosen;
  std::optional<std::int64_t> interval_ms;
  bool once = false;
};

/// Names may be in any characters that the terminal has.
void take_locale() {
  std::setlocale(LC_CTYPE, "");
  // A locale that is not installed leaves plain ASCII, though the terminal has more.
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* wanted = std::getenv(name);
    if (wanted == nullptr || *wanted == '\0')
      continue;
    if (std::strcmp(::nl_langinfo(CODESET), "UTF-8") != 0 &&
        std::strstr(wanted, "UTF-8") != nullptr)
      std::setlocale(LC_CTYPE, "C.UTF-8");
    return;
  }
}

observer_state state_of(const session& with, const arguments& given) {
  observer_state state;
  const auto found =
      std::find(observer_views.begin(), observer_views.end(), given.view);
  state.view = static_cast<observer_view>(found - observer_views.begin());
  state.chosen = given.chosen;
  if (state.chosen.sort.empty())
    state.chosen.sort = "mailbox";
  if (given.interval_ms)
    state.interval = std::chrono::milliseconds(*given.interval_ms);
  state.node = with.at.node;
  return state;
}

// ---- once

std::size_t size_from(const char* variable, std::size_t otherwise) {
  const char* text = std::getenv(variable);
  std::size_t found = 0;
  if (text == nullptr ||
      std::from_chars(text, text + std::strlen(text), found).ec !=
          std::errc() ||
      found == 0)
    return otherwise;
  return found;
}

exit_code show_once(const session& with, observer_state state) {
  const screen_size size{size_from("COLUMNS", 120), size_from("LINES", 40)};
  boost::json::object all{{"ok", true}};
  for (const auto& target : wanted(state, size)) {
    question what;
    what.request.target = target;
    auto answer = ask_node(with.at, what.request, [](const auto&) {});
    if (!answer) {
      return report(with, answer.error(),
                    exit_of_error(answer.error().code, false));
    }
    auto& body = answer->body.get_object();
    if (body.contains("error"))
      return ask(with, std::move(what));  // an error, told as all are
    if (with.json || with.events) {
      all[target == "/v1/status"
              ? "status"
              : observer_views.at(static_cast<std::size_t>(state.view))] = body;
    }
    take_answer(state, target, std::move(body));
  }
  if (with.json || with.events) {
    print_json(all);
    return exit_code::done;
  }
  state.is_once = true;
  auto lines = draw(state, size);
  // The keys, and the rows that are empty.
  lines.pop_back();
  while (!lines.empty() && lines.back().text.empty())
    lines.pop_back();
  for (const auto& one : lines)
    print(one.text + '\n');
  return exit_code::done;
}

// ---- in the terminal

class observer {
public:
  observer(observer_state state, const node_address& at,
           observer_signals& signals, observer_terminal& terminal)
      : state_(std::move(state)),
        signals_(signals),
        terminal_(terminal),
        feed_(at) {}

  /// Until somebody quits.
  void run() {
    while (!is_over_) {
      if (needs_answers())
        ask();
      if (std::exchange(is_dirty_, false))
        terminal_.show(draw(state_, terminal_.size()));
      wait();
    }
  }

private:
  bool needs_answers() const {
    return !is_asking_ &&
           (wants_now_ || (!state_.is_paused && steady_clock::now() >= next_));
  }

  void ask() {
    feed_.ask(wanted(state_, terminal_.size()));
    is_asking_ = true;
    wants_now_ = false;
    next_ = steady_clock::now() + state_.interval;
  }

  /// Until something happens, or the node is to be asked again.
  void wait() {
    int timeout_ms = -1;
    if (!is_asking_ && !state_.is_paused) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(
          next_ - steady_clock::now());
      timeout_ms = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
    }
    std::array<pollfd, 3> all{{{STDIN_FILENO, POLLIN, 0},
                               {feed_.fd(), POLLIN, 0},
                               {signals_.fd(), POLLIN, 0}}};
    if (::poll(all.data(), all.size(), timeout_ms) < 0)
      return;  // a signal of somebody else's
    take_signals();
    while (const auto key = terminal_.next_key())
      take(take_key(state_, *key, terminal_.size()));
    for (auto& one : feed_.take())
      take(std::move(one));
    // Nobody is at the terminal any more.
    if ((all[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
      is_over_ = true;
  }

  void take_signals() {
    while (const auto number = signals_.next()) {
      if (*number == SIGWINCH) {
        terminal_.resize();
        is_dirty_ = wants_now_ = true;
      } else {
        is_over_ = true;
      }
    }
  }

  void take(observer_step step) {
    is_over_ = is_over_ || step == observer_step::quit;
    wants_now_ = wants_now_ || step == observer_step::ask;
    is_dirty_ = is_dirty_ || step != observer_step::none;
  }

  void take(observer_news one) {
    is_dirty_ = true;
    switch (one.what) {
      case observer_news::answer:
        take_answer(state_, one.target, std::move(one.body));
        break;
      case observer_news::event:
        take_event(state_, one.body);
        break;
      case observer_news::answered:
        is_asking_ = false;
        break;
      case observer_news::loss:
        take_loss(state_, std::move(one.why));
        break;
      case observer_news::deafness:
        state_.deaf = std::move(one.why);
        break;
    }
  }

  observer_state state_;
  observer_signals& signals_;
  observer_terminal& terminal_;
  observer_feed feed_;
  steady_clock::time_point next_ = steady_clock::now();
  bool is_asking_ = false;
  /// Whether answers are wanted at once, also while it is paused.
  bool wants_now_ = true;
  bool is_dirty_ = true;
  bool is_over_ = false;
};

exit_code observe(const session& with, observer_state state) {
  // Before there are threads: they do not take these signals.
  observer_signals signals;
  auto terminal = observer_terminal::open();
  if (!terminal)
    return report(with, terminal.error(), exit_code::wrong_usage);
  observer(std::move(state), with.at, signals, **terminal).run();
  return exit_code::done;
}

}  // namespace

void add_observer(CLI::App& root, session& with) {
  const auto given = std::make_shared<arguments>();
  auto& verb = add_verb(
      root, "observer",
      "The node in the terminal, refreshed: tree, processes, schedulers, "
      "upgrades",
      "instar observer\ninstar observer --view processes --name 'kv_*'\n"
      "instar observer --once --view schedulers");
  verb.add_option("--view", given->view,
                  "What is shown first: tree (the default), processes, "
                  "schedulers or upgrades")
      ->check(CLI::IsMember(std::vector<std::string>(observer_views.begin(),
                                                     observer_views.end()))
                  .description(""));
  add_duration(verb, "--interval", given->interval_ms,
               "How often the node is asked (1s)");
  verb.add_flag(
      "--once", given->once,
      "Print the view once, as wide and long as COLUMNS and LINES say "
      "(120, 40)");
  add_process_choice(verb, given->chosen);
  on(verb, with, [&with, given] {
    take_locale();
    auto state = state_of(with, *given);
    return given->once || with.json || with.events
               ? show_once(with, std::move(state))
               : observe(with, std::move(state));
  });
}

}  // namespace instar::cli
