// A process that tells the event manager of docs/writing-modules.md.
#include "house.hpp"

namespace house {
inline namespace INSTAR_VSN {

struct visit {
  std::string who;
  using reply = std::string;
};
BOOST_DESCRIBE_STRUCT(visit, (), (who))

struct front_door_state {
  bool unused = false;
};
BOOST_DESCRIBE_STRUCT(front_door_state, (), (unused))

struct front_door : instar::gen_server<front_door_state> {
  static front_door_state init(const instar::value&) { return {}; }

  static instar::task<std::string> handle_call(front_door_state&,
                                               const visit& m,
                                               const instar::from&) {
    // Its module, and an id where a module has several.
    const instar::event_handler disk{"audit", "disk"};
    const auto added = co_await instar::event::add_handler("bus", disk, 0);
    if (!added)
      co_return added.error().message();
    instar::event::notify("bus", login{m.who});

    // Answered when all handlers have handled it.
    login second{m.who + " again"};
    const auto told =
        co_await instar::event::sync_notify("bus", std::move(second));
    // A call is for one handler; what is deleted gives what its terminate gave.
    how_many question;
    const auto count = co_await instar::event::call("bus", disk, question);
    const auto all = co_await instar::event::which_handlers("bus");
    const auto last =
        co_await instar::event::delete_handler("bus", disk, "bye");
    if (!told || !count || !all || !last)
      co_return "the bus is out of order";
    co_return std::to_string(*count) + " events, " +
        std::to_string(all->size()) + " handler, the last was " +
        std::string(last->as_string());
  }
};

}  // namespace INSTAR_VSN
}  // namespace house

INSTAR_MODULE(house::front_door)
