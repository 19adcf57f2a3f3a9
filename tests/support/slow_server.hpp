// A server in no batch that answers when the test says so: whoever waits for it
// keeps the gates from getting quiet.
#pragma once

#include "tests/support/bank.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace instar::test::bank {

/// A server outside of the batch that answers when the test says so.
class slow_server {
public:
  explicit slow_server(branch& t) : t_(t), server_(t.start_probe("slow")) {
    keep_ = add_function(plain_function(
        [kept = kept_](probe_state&, const from& f) { *kept = f; }));
  }
  /// What an account awaits: an answer that comes later.
  auto wait() const {
    return call(server_, run_plain{keep_}, std::chrono::hours(1));
  }
  /// Has it answer after a while of the node's clock.
  void answer_after(duration delay) {
    const auto answer =
        add_function(plain_function([kept = kept_](probe_state&, const from&) {
          reply(*kept, std::string("at last"));
        }));
    t_.in(server_,
          [=](probe_state&) { send_after(delay, self(), run_plain{answer}); });
  }
  pid process() const { return server_; }

private:
  branch& t_;
  pid server_;
  std::shared_ptr<from> kept_ = std::make_shared<from>();
  std::uint64_t keep_ = 0;
};

}  // namespace instar::test::bank
