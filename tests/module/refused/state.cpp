// A module that compiles, or, with one of these defined, is told why it does not.
#include "runtime/module.hpp"

#include <any>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#ifdef OUTSIDE
struct state {
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(state, (), (count))
#endif

inline namespace INSTAR_VSN {

struct plain {
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(plain, (), (count))
struct polymorphic {
  virtual ~polymorphic() = default;
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(polymorphic, (), (count))
enum class color { red, green };
struct forgets {
  std::int64_t count = 0;
  std::int64_t forgotten = 0;
};
BOOST_DESCRIBE_STRUCT(forgets, (), (count))
struct ordered {
  bool operator()(int a, int b) const { return a > b; }
};
struct renamed_wrongly {
  std::int64_t count = 0;
  static constexpr instar::renamed renames[]{{"was", "cuont"}};
};
BOOST_DESCRIBE_STRUCT(renamed_wrongly, (), (count))

#if defined(FUNCTION)
using member = std::function<void()>;
#elif defined(SHARED_PTR)
using member = std::shared_ptr<int>;
#elif defined(POINTER)
using member = int*;
#elif defined(STRING_VIEW)
using member = std::string_view;
#elif defined(SPAN)
using member = std::span<int>;
#elif defined(ANY)
using member = std::any;
#elif defined(COMPARATOR)
using member = std::map<int, int, ordered>;
#elif defined(POLYMORPHIC)
using member = polymorphic;
#elif defined(UNIQUE_POLYMORPHIC)
using member = std::unique_ptr<polymorphic>;
#elif defined(PLAIN_ENUM)
using member = color;
#elif defined(FORGETS)
using member = forgets;
#elif defined(RENAMES)
using member = renamed_wrongly;
#elif defined(DEEP)
using member = std::vector<std::map<std::string, std::optional<int*>>>;
#else
using member = plain;
#endif

#ifndef OUTSIDE
struct state {
#ifdef IN_MESSAGE
  std::int64_t count = 0;
#else
  member one;
#endif
};
#ifdef IN_MESSAGE
BOOST_DESCRIBE_STRUCT(state, (), (count))
#else
BOOST_DESCRIBE_STRUCT(state, (), (one))
#endif
#endif

struct add {
#ifdef IN_MESSAGE
  int* by = nullptr;
#else
  std::int64_t by = 0;
#endif
};
BOOST_DESCRIBE_STRUCT(add, (), (by))

struct refused : instar::gen_server<state> {
  static state init(const instar::value&) { return {}; }
  static void handle_cast(state&, const add&) {}
};

}  // namespace INSTAR_VSN

INSTAR_MODULE(refused)
