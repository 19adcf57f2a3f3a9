#include "module/module_check.hpp"

#include "base/names.hpp"
#include "module/abi.hpp"
#include "module/descriptor.hpp"
#include "module/module_rules.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace instar::module_file {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t this_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t this_machine = EM_AARCH64;
#else
#error "the ELF machine number of this processor is not known here"
#endif

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_allowed(const std::vector<std::string>& patterns,
                std::string_view library) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](std::string_view pattern) {
                       if (!pattern.ends_with('*'))
                         return library == pattern;
                       pattern.remove_suffix(1);
                       return library.starts_with(pattern);
                     });
}

class checker {
public:
  checker(const elf_file& module, const check_policy& policy)
      : module_(module),
        policy_(policy),
        pinned_(policy.pinned ||
                (module.descriptor && module.descriptor->pinned)) {}

  module_verdict check() {
    check_abi();
    check_note();
    check_symbols();
    check_unloading();
    check_image();
    check_libraries();
    verdict_.warnings = detail::warnings_of(module_);
    return std::move(verdict_);
  }

private:
  void error(errc code, const char* rule, std::string text) {
    verdict_.errors.push_back({code, rule, std::move(text)});
  }

  void check_abi() {
    if (module_.machine != this_machine) {
      error(errc::wrong_abi, "machine",
            fmt::format("it is for ELF machine {}, this program is for {}: "
                        "compile it for this processor",
                        module_.machine, this_machine));
    }
    if (!module_.note)
      return;
    for (auto& text :
         detail::abi_differences(module_.note->abi_tag, policy_.abi_hard)) {
      error(errc::wrong_abi, "abi_tag", std::move(text));
    }
  }

  void check_note() {
    if (!module_.note) {
      error(errc::no_descriptor, "note",
            "it has no instar note, so it is no module: build it with "
            "instar_add_module, and declare the module in one of its sources");
      return;
    }
    if (module_.note_count > 1) {
      error(errc::bad_module, "note",
            fmt::format("it has {} instar notes: declare the module in one "
                        "source only",
                        module_.note_count));
    }
    if (!is_valid_name(module_.note->name)) {
      error(errc::bad_module, "note",
            fmt::format("its name \"{}\" is not valid: a module's name is a "
                        "small letter followed by letters, digits and _",
                        module_.note->name));
    }
    if (!is_valid_vsn(module_.note->vsn)) {
      error(errc::bad_module, "note",
            fmt::format("its version \"{}\" is not valid: a version is at most "
                        "64 letters, digits and . _ + ~ -",
                        module_.note->vsn));
    }
  }

  void check_symbols() {
    if (!contains(module_.exports, descriptor_symbol)) {
      error(errc::no_descriptor, "descriptor",
            fmt::format("it does not export {}: declare the module in one of "
                        "its sources, and link with instar_add_module",
                        descriptor_symbol));
    } else if (!module_.descriptor ||
               module_.descriptor->version != descriptor_version) {
      error(errc::wrong_abi, "descriptor",
            fmt::format("its descriptor has version {}, this program reads {}: "
                        "build the module with the headers of the runtime that "
                        "loads it",
                        module_.descriptor ? module_.descriptor->version : 0,
                        descriptor_version));
    }
    std::vector<std::string> extra;
    for (const auto& name : module_.exports) {
      if (name != descriptor_symbol && !contains(module_.unique, name)) {
        extra.push_back(name);
      }
    }
    if (!extra.empty()) {
      error(errc::bad_module, "exports",
            fmt::format("it exports {}, which another version would use in "
                        "place of its own: link with the version script of "
                        "instar_add_module, which exports {} alone",
                        detail::some_of(extra), descriptor_symbol));
    }
    if (!module_.unique.empty()) {
      error(errc::bad_module, "gnu_unique",
            fmt::format("{} is unique in the process (STB_GNU_UNIQUE), so that "
                        "all versions share it and none can be unloaded: "
                        "compile with -fno-gnu-unique, and link with the "
                        "version script of instar_add_module",
                        detail::some_of(module_.unique)));
    }
  }

  void check_unloading() {
    if (pinned_)
      return;
    if ((module_.flags_1 & DF_1_NODELETE) != 0) {
      error(errc::bad_module, "nodelete",
            "it can never be unloaded (DF_1_NODELETE): link without "
            "-z nodelete, or declare the module as pinned");
    }
    for (const auto* name :
         {"__cxa_thread_atexit", "__cxa_thread_atexit_impl"}) {
      if (!contains(module_.undefined, name))
        continue;
      error(errc::bad_module, "thread_atexit",
            fmt::format("a thread_local variable has a destructor ({}), so "
                        "that it stays mapped until each thread that used it "
                        "has ended: keep the value in a process's state, make "
                        "the variable's type trivial, or declare the module as "
                        "pinned",
                        name));
    }
  }

  void check_image() {
    if ((module_.flags & DF_STATIC_TLS) != 0) {
      error(errc::bad_module, "static_tls",
            "its thread_local variables need static space (DF_STATIC_TLS), of "
            "which a process has little: compile and link with "
            "-ftls-model=global-dynamic");
    }
    if (module_.text_relocations) {
      error(errc::bad_module, "text_relocations",
            "its code must be written to when it is loaded (DT_TEXTREL): "
            "compile every source and static library of it with -fPIC");
    }
    if (module_.executable_stack) {
      error(errc::bad_module, "executable_stack",
            "it asks for an executable stack: link with -z noexecstack, and "
            "give assembler sources a .note.GNU-stack section");
    }
    if (module_.build_id.empty()) {
      error(errc::bad_module, "build_id",
            "it has no build id, by which two builds of one version are told "
            "apart: link with --build-id=sha1");
    }
  }

  void check_libraries() {
    if (!module_.runpath.empty()) {
      error(errc::bad_dependency, "runpath",
            fmt::format("it looks for libraries in \"{}\" (DT_RUNPATH), but it "
                        "is loaded from a copy elsewhere: link without -rpath "
                        "(CMake: BUILD_WITH_INSTALL_RPATH with an empty "
                        "INSTALL_RPATH)",
                        module_.runpath));
    }
    std::vector<std::string> foreign;
    for (const auto& library : module_.needed) {
      if (!is_allowed(policy_.allowed_libraries, library)) {
        foreign.push_back(library);
      }
    }
    if (!foreign.empty()) {
      error(errc::bad_dependency, "needed",
            fmt::format("it needs {}: a process keeps one copy of a shared "
                        "library, whatever release wants another, so link it "
                        "into the module as a static library",
                        detail::some_of(foreign)));
    }
  }

  const elf_file& module_;
  const check_policy& policy_;
  const bool pinned_;
  module_verdict verdict_;
};

}  // namespace

std::vector<std::string> default_libraries() {
  return {"libinstar_runtime.so*",
          "libstdc++.so.6",
          "libgcc_s.so.1",
          "libm.so.6",
          "libc.so.6",
          "ld-linux-x86-64.so.2",
          "libboost_json.so.1.81.0",
          "libboost_container.so.1.81.0",
          "libfmt.so.9",
          "libasan.so.*",
          "libubsan.so.*",
          "libtsan.so.*"};
}

std::string check_policy::this_abi_hard() {
  return INSTAR_ABI_HARD;
}

module_verdict check_module(const elf_file& module,
                            const check_policy& policy) {
  return checker(module, policy).check();
}

result<> refuse(const module_verdict& verdict, const path& file) {
  if (verdict.errors.empty())
    return {};
  std::string text;
  for (const auto& [code, rule, why] : verdict.errors) {
    if (!text.empty())
      text += '\n';
    text += fmt::format("{}: {}: {}", file.string(), rule, why);
  }
  return failure(verdict.errors.front().code, std::move(text));
}

}  // namespace instar::module_file
