// The ABI tag: what a module and the runtime must agree on to share a process.
//
// It is made by the preprocessor alone and stands in an ELF note, so that it can
// be read before a byte of the module is mapped: an asan module in a plain
// process, or a module with another string layout, must be refused, not tried.
// Format: `hard part|soft part`; the hard part must be equal, a different soft
// part is worth a warning.
#pragma once

#include <version>

#define INSTAR_STRINGIFY_INNER(x) #x
#define INSTAR_STRINGIFY(x) INSTAR_STRINGIFY_INNER(x)

/// Counts up with every incompatible change of module/ or runtime/ headers.
#define INSTAR_RUNTIME_ABI 4

#if defined(_LIBCPP_VERSION)
#define INSTAR_ABI_STL "libc++" INSTAR_STRINGIFY(_LIBCPP_ABI_VERSION)
#elif defined(__GLIBCXX__)
#define INSTAR_ABI_STL \
  "libstdc++cxx11=" INSTAR_STRINGIFY(_GLIBCXX_USE_CXX11_ABI)
#else
#error "instar knows libstdc++ and libc++ only"
#endif

#ifdef _GLIBCXX_DEBUG
#define INSTAR_ABI_DEBUG "+glibcxxdebug"
#else
#define INSTAR_ABI_DEBUG ""
#endif

#ifdef __has_feature
#define INSTAR_HAS_FEATURE(x) __has_feature(x)
#else
#define INSTAR_HAS_FEATURE(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || INSTAR_HAS_FEATURE(address_sanitizer)
#define INSTAR_ABI_SANITIZER "asan"
#elif defined(__SANITIZE_THREAD__) || INSTAR_HAS_FEATURE(thread_sanitizer)
#define INSTAR_ABI_SANITIZER "tsan"
#else
#define INSTAR_ABI_SANITIZER "none"
#endif

#ifdef NDEBUG
#define INSTAR_ABI_NDEBUG "1"
#else
#define INSTAR_ABI_NDEBUG "0"
#endif
#ifdef __clang__
#define INSTAR_ABI_COMPILER "clang" INSTAR_STRINGIFY(__clang_major__)
#else
#define INSTAR_ABI_COMPILER "gcc" INSTAR_STRINGIFY(__GNUC__)
#endif
#ifdef __cpp_exceptions
#define INSTAR_ABI_EXCEPTIONS "1"
#else
#define INSTAR_ABI_EXCEPTIONS "0"
#endif
#ifdef __cpp_rtti
#define INSTAR_ABI_RTTI "1"
#else
#define INSTAR_ABI_RTTI "0"
#endif

#define INSTAR_ABI_HARD                                           \
  "rt=" INSTAR_STRINGIFY(                                         \
      INSTAR_RUNTIME_ABI) ";stl=" INSTAR_ABI_STL INSTAR_ABI_DEBUG \
                          ";san=" INSTAR_ABI_SANITIZER            \
                          ";exc=" INSTAR_ABI_EXCEPTIONS           \
                          ";rtti=" INSTAR_ABI_RTTI
#define INSTAR_ABI_SOFT                                  \
  "cc=" INSTAR_ABI_COMPILER ";cxxabi=" INSTAR_STRINGIFY( \
      __GXX_ABI_VERSION) ";ndebug=" INSTAR_ABI_NDEBUG    \
                         ";std=" INSTAR_STRINGIFY(__cplusplus)
#define INSTAR_ABI_TAG INSTAR_ABI_HARD "|" INSTAR_ABI_SOFT

/// Emits the note of a module: owner "instar", type 1, three strings that each
/// end with a zero byte: ABI tag, module name, version. At namespace scope, once.
#define INSTAR_EMIT_NOTE(module_name, module_vsn)                          \
  asm(".pushsection .note.instar,\"a\",@note\n"                            \
      ".balign 4\n.long 7\n.long 2f-1f\n.long 1\n.asciz \"instar\"\n"      \
      ".balign 4\n1: .asciz \"" INSTAR_ABI_TAG "\"\n.asciz \"" module_name \
      "\"\n.asciz \"" module_vsn "\"\n2: .balign 4\n.popsection\n")
