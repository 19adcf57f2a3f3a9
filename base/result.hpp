// A value or the reason why there is none.
//
// Three kinds of failure exist: the world said no (result<T>), a callback threw
// (its process exits with a reason), our own bug (assert). This is the first.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <type_traits>
#include <utility>

namespace instar {

/// Why something could not be done: a code to act on and a text to read.
struct failure {
  boost::system::error_code code;
  /// What was being done, to what; complete enough to print as it is.
  std::string context;

  failure() = default;
  failure(boost::system::error_code error, std::string text = {})
      : code(error), context(std::move(text)) {}
  template <class Enum, class = std::enable_if_t<
                            boost::system::is_error_code_enum<Enum>::value>>
  failure(Enum error, std::string text = {})
      : code(error), context(std::move(text)) {}

  /// The tag that programs compare: the code's message, an OTP word
  /// (`no_such_release`).
  std::string tag() const { return code.message(); }
  /// For people: the context, or the tag where there is none.
  std::string message() const { return context.empty() ? tag() : context; }
};

/// Thrown by result<T>::value() where the caller did not look first.
[[noreturn]] void throw_exception_from_error(const failure& why,
                                             const boost::source_location&);

template <class T = void>
class [[nodiscard]] result : public boost::system::result<T, failure> {
public:
  using boost::system::result<T, failure>::result;
};

}  // namespace instar

#define INSTAR_CONCAT_INNER(a, b) a##b
#define INSTAR_CONCAT(a, b) INSTAR_CONCAT_INNER(a, b)

/// Leaves the function with the failure of `expression`, a result, if it has one.
#define INSTAR_TRY(expression)               \
  do {                                       \
    auto&& instar_try_result = (expression); \
    if (!instar_try_result)                  \
      return instar_try_result.error();      \
  } while (false)

/// Declares `declaration` from the value of `expression`, or leaves the function
/// with its failure.
#define INSTAR_TRY_ASSIGN(declaration, expression) \
  INSTAR_TRY_ASSIGN_INNER(declaration, expression, \
                          INSTAR_CONCAT(instar_result_, __LINE__))
#define INSTAR_TRY_ASSIGN_INNER(declaration, expression, name) \
  auto name = (expression);                                    \
  if (!name)                                                   \
    return name.error();                                       \
  declaration = std::move(*name)
