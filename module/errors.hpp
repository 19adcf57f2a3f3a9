// Why a module file is refused, or a value does not fit a type.
#pragma once

#include <boost/system/error_code.hpp>

#include <type_traits>

namespace instar::module_file {

enum class errc {
  /// The file is no 64-bit ELF shared object, or is truncated.
  bad_elf = 1,
  /// The descriptor symbol or the note is missing: build it with
  /// instar_add_module.
  no_descriptor,
  /// Built for another runtime, standard library or sanitizer.
  wrong_abi,
  /// Has a property that keeps it from being unloaded, or exports more than its
  /// descriptor; the text names it and how to build instead.
  bad_module,
  /// Needs a shared library that is not allowed.
  bad_dependency,
  /// A JSON value that does not fit the type.
  bad_value,
};

boost::system::error_code make_error_code(errc value);

}  // namespace instar::module_file

template <>
struct boost::system::is_error_code_enum<instar::module_file::errc>
    : std::true_type {};
