// The declared name of a type, without the namespace of its version.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace instar::detail {

/// Every namespace of a version begins with this; the build sets INSTAR_VSN to
/// such a name (cmake/instar_module.cmake).
inline constexpr std::string_view version_namespace_prefix = "instar_v_";

template <class T>
consteval std::string_view written_type_name() {
#ifdef __clang__
  constexpr std::string_view text = __PRETTY_FUNCTION__;
  constexpr auto start = text.find("T = ") + 4;
  return text.substr(start, text.rfind(']') - start);
#else
  constexpr std::string_view text = __PRETTY_FUNCTION__;
  constexpr auto start = text.find("T = ") + 4;
  constexpr auto end = text.find("; std::string_view", start);
  return text.substr(
      start, (end == std::string_view::npos ? text.rfind(']') : end) - start);
#endif
}

/// Writes the name of T to `out` (null: only counts): namespaces are separated by
/// dots, a namespace of a version is left out. Returns the length.
template <class T>
constexpr std::size_t write_type_name(char* out) {
  constexpr std::string_view text = written_type_name<T>();
  std::size_t length = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.substr(at).starts_with(version_namespace_prefix)) {
      const auto end = text.find("::", at);
      if (end != std::string_view::npos) {
        at = end + 2;
        continue;
      }
    }
    if (text.substr(at).starts_with("::")) {
      if (out != nullptr)
        out[length] = '.';
      ++length;
      at += 2;
      continue;
    }
    if (out != nullptr)
      out[length] = text[at];
    ++length;
    ++at;
  }
  return length;
}

template <class T>
struct type_name {
  static constexpr auto storage = [] {
    std::array<char, write_type_name<T>(nullptr) + 1> name{};
    write_type_name<T>(name.data());
    return name;
  }();
  static constexpr const char* text = storage.data();
};

}  // namespace instar::detail
