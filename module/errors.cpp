#include "module/errors.hpp"

#include "base/error_category.hpp"

namespace instar::module_file {
namespace {

const char* name_of(int value) {
  switch (static_cast<errc>(value)) {
    case errc::bad_elf:
      return "bad_elf";
    case errc::no_descriptor:
      return "no_descriptor";
    case errc::wrong_abi:
      return "wrong_abi";
    case errc::bad_module:
      return "bad_module";
    case errc::bad_dependency:
      return "bad_dependency";
    case errc::bad_value:
      return "bad_value";
  }
  return "unknown";
}

}  // namespace

boost::system::error_code make_error_code(errc value) {
  static const tag_category category("module", name_of);
  return {static_cast<int>(value), category};
}

}  // namespace instar::module_file
