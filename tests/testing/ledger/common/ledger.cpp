// Keeps a balance. 1.2.0 takes over only those that are not below zero.
#include "runtime/module.hpp"

#include <stdexcept>

namespace ledger_test {
inline namespace INSTAR_VSN {

struct state_1_1 {
  std::int64_t balance = 0;
};
BOOST_DESCRIBE_STRUCT(state_1_1, (), (balance))

struct state {
  std::int64_t balance = 0;
#if LEDGER_STATE > 1
  std::string currency;
#endif
};
#if LEDGER_STATE > 1
BOOST_DESCRIBE_STRUCT(state, (), (balance, currency))
#else
BOOST_DESCRIBE_STRUCT(state, (), (balance))
#endif

struct book {
  std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(book, (), (amount))

struct where {
  bool unused = false;
  using reply = std::vector<std::string>;
};
BOOST_DESCRIBE_STRUCT(where, (), (unused))

struct ledger : instar::gen_server<state> {
  static state init(const instar::value&) { return {}; }
  static void handle_cast(state& s, const book& m) { s.balance += m.amount; }
  /// What the environment and the folder of files are.
  static std::vector<std::string> handle_call(state&, const where&,
                                              const instar::from&) {
    return {std::string(instar::get_env("ledger", "currency").as_string()),
            instar::priv_dir("ledger")};
  }
#if LEDGER_STATE > 1
  static state code_change(const state_1_1& old, const instar::change&) {
    if (old.balance < 0)
      throw std::runtime_error("the balance is below zero");
    return {.balance = old.balance, .currency = "EUR"};
  }
#endif
};

}  // namespace INSTAR_VSN
}  // namespace ledger_test

INSTAR_MODULE(ledger_test::ledger)
