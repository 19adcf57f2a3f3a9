// Event handlers in several versions: they count and write down what they are
// told, and do what an event tells one of them to do.
//
//   ear 1.0.0    ear {id, count, fails}
//   ear 2.0.0    ear {id, note, count}; converts from and to 1.0.0
//   nose 1.0.0   nose {id, count}: another module
//   nose 2.0.0   the same; its format_status shows the count, and throws for 13
#pragma once

#include "runtime/event_calls.hpp"
#include "runtime/module.hpp"
#include "tests/support/test_node.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace instar::test::listeners {

/// An event: counted. Where `for_id` is a handler's, that one does `todo`: "throw",
/// "leave", "swap MODULE ID".
struct sound {
  std::int64_t number = 0;
  std::string for_id;
  std::string todo;
};
BOOST_DESCRIBE_STRUCT(sound, (), (number, for_id, todo))

/// A call: the number of sounds that the handler was told. As a sound.
struct how_many {
  std::string todo;
  using reply = std::int64_t;
};
BOOST_DESCRIBE_STRUCT(how_many, (), (todo))

/// A call that is answered when the next sound comes.
struct wait_for_sound {
  bool unused = false;
  using reply = std::int64_t;
};
BOOST_DESCRIBE_STRUCT(wait_for_sound, (), (unused))

/// Conversions of this handler fail from now on.
struct spoil {
  std::string for_id;
};
BOOST_DESCRIBE_STRUCT(spoil, (), (for_id))

namespace instar_v_ear_1 {
struct ear {
  std::string id;
  std::int64_t count = 0;
  bool fails = false;
  std::vector<from> waiting;
};
BOOST_DESCRIBE_STRUCT(ear, (), (id, count, fails, waiting))
}  // namespace instar_v_ear_1

namespace instar_v_ear_2 {
struct ear {
  std::string id;
  std::string note;
  std::int64_t count = 0;
  std::vector<from> waiting;
};
BOOST_DESCRIBE_STRUCT(ear, (), (id, note, count, waiting))
}  // namespace instar_v_ear_2

namespace instar_v_nose_1 {
struct nose {
  std::string id;
  std::int64_t count = 0;
  std::vector<from> waiting;
};
BOOST_DESCRIBE_STRUCT(nose, (), (id, count, waiting))
}  // namespace instar_v_nose_1

extern const module_descriptor ear_1;   // "1.0.0"
extern const module_descriptor ear_2;   // "2.0.0"
extern const module_descriptor nose_1;  // "1.0.0"
extern const module_descriptor nose_2;  // "2.0.0"
/// A process that runs what it is told, as a probe, and hears of its handlers.
extern const module_descriptor adder;  // "1.0.0"

/// What all handlers did since the node was made, in order: `a 1` (a sound),
/// `a init ARGS FORMER`, `a ends CAUSE ARGS`, `a info 1`, `a exit`.
std::vector<std::string> log();

/// A node with the first versions loaded, and a manager called `bus`.
class hall : public test_node {
public:
  explicit hall(std::optional<std::uint64_t> seed = {});

  pid bus;
  instance* first_ear = nullptr;
  /// Adds a version without making it current.
  instance* add(const module_descriptor& version);
  void add_handler(const event_handler& name);
  void sound_out(std::int64_t number, std::string for_id = {},
                 std::string todo = {});
  /// Newest first: `ear a`.
  std::vector<std::string> handlers();
  /// The state of one, as JSON.
  value state_of(const event_handler& name);
  /// `ear a 1.0.0`, newest first.
  std::vector<std::string> versions();
};

}  // namespace instar::test::listeners
