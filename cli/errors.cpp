#include "cli/errors.hpp"

#include "base/error_category.hpp"

namespace instar::cli {
namespace {

const char* tag_of(int code) {
  switch (static_cast<errc>(code)) {
    case errc::no_node:
      return "no_node";
    case errc::lost_connection:
      return "lost_connection";
    case errc::interrupted:
      return "interrupted";
    case errc::timeout:
      return "timeout";
    case errc::bad_answer:
      return "bad_answer";
    case errc::no_such_file:
      return "no_such_file";
    case errc::bad_application:
      return "bad_application";
    case errc::no_password:
      return "no_password";
    case errc::file_exists:
      return "file_exists";
    case errc::not_a_terminal:
      return "not_a_terminal";
  }
  return "unknown";
}

constexpr tag_category category("cli", tag_of);

}  // namespace

boost::system::error_code make_error_code(errc code) {
  return {static_cast<int>(code), category};
}

}  // namespace instar::cli
