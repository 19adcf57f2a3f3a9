#include "appup/reader.hpp"
#include "appup/translation.hpp"

#include <boost/json/array.hpp>

#include <fmt/format.h>

#include <utility>

namespace instar::appup {
namespace {

/// Of one direction: what applications' instructions may become.
constexpr std::size_t script_limit = 250'000;

class translator {
public:
  translator(translation& work, diagnostics& errors)
      : work_(work), errors_(errors) {}

  void add(const written_instruction& by, const add_application& what) {
    const auto* app = target(by, what.name);
    if (app == nullptr || !fits(by, app->modules().size()))
      return;
    add_modules(by, *app);
    start(by, what.name, what.type);
  }

  void remove(const written_instruction& by, const remove_application& what) {
    if (work_.target->find_app(what.name) != nullptr) {
      error(by, errc::removed_application_present,
            fmt::format("{} cannot be removed: release {} has it", what.name,
                        work_.target->manifest.spec.vsn));
      return;
    }
    const auto* app = source(by, what.name);
    if (app == nullptr || !fits(by, app->modules().size()))
      return;
    stop(by, *app);
    call(by, "unload", {what.name});
  }

  void restart(const written_instruction& by, const restart_application& what) {
    const auto* from = source(by, what.name);
    const auto* to = target(by, what.name);
    if (from == nullptr || to == nullptr ||
        !fits(by, from->modules().size() + to->modules().size())) {
      return;
    }
    stop(by, *from);
    add_modules(by, *to);
    start(by, what.name, to->entry->type);
  }

  void copy(const written_instruction* one) { after_.push_back(one); }
  instruction_list take() { return std::move(after_); }

private:
  // A few lines name thousands of modules, each time that they are written.
  bool fits(const written_instruction& by, std::size_t more) {
    if (is_full_)
      return false;
    if (work_.made.size() + more <= script_limit)
      return true;
    is_full_ = true;
    work_.is_partial = true;
    error(
        by, errc::too_large,
        fmt::format("the script has more than {} instructions, counted by the "
                    "modules of the applications that it names",
                    script_limit));
    return false;
  }

  void error(const written_instruction& by, errc tag, std::string message) {
    report(errors_, tag, by.where.with(by.name_at), std::move(message));
  }

  const loaded_app* find(const written_instruction& by, const std::string& name,
                         const loaded_release& release) {
    const auto* app = release.find_app(name);
    if (app == nullptr)
      work_.is_partial = true;
    if (app == nullptr && release.has_all_apps()) {
      error(by, errc::no_such_application,
            fmt::format("there is no application {} in release {}{}", name,
                        release.manifest.spec.vsn,
                        release.near_app(name, errors_)));
    }
    return app;
  }
  const loaded_app* target(const written_instruction& by,
                           const std::string& name) {
    return find(by, name, *work_.target);
  }
  const loaded_app* source(const written_instruction& by,
                           const std::string& name) {
    return find(by, name, *work_.source);
  }

  void add_modules(const written_instruction& by, const loaded_app& app) {
    for (const auto& module : app.modules()) {
      after_.push_back(work_.make(high_level(add_module{module, {}}), by));
    }
  }

  void stop(const written_instruction& by, const loaded_app& app) {
    call(by, "stop", {app.name()});
    for (const auto& module : app.modules()) {
      after_.push_back(work_.make(low_level(appup::remove{module}), by));
    }
    after_.push_back(work_.make(low_level(purge{app.modules()}), by));
  }

  void start(const written_instruction& by, const std::string& name,
             start_type type) {
    if (type == start_type::none)
      return;
    if (type == start_type::load) {
      call(by, "load", {name});
    } else {
      call(by, "start", {name, to_string(type)});
    }
  }

  void call(const written_instruction& by, const char* function,
            boost::json::array args) {
    after_.push_back(work_.make(
        low_level(apply{{"application", function, std::move(args)}, {}}), by));
  }

  translation& work_;
  diagnostics& errors_;
  instruction_list after_;
  bool is_full_ = false;
};

}  // namespace

void translate_applications(translation& work, diagnostics& errors) {
  translator into(work, errors);
  for (const auto* one : work.after) {
    const auto* high = std::get_if<high_level>(&one->what);
    if (high == nullptr) {
      into.copy(one);
    } else if (const auto* add = std::get_if<add_application>(high)) {
      into.add(*one, *add);
    } else if (const auto* gone = std::get_if<remove_application>(high)) {
      into.remove(*one, *gone);
    } else if (const auto* again = std::get_if<restart_application>(high)) {
      into.restart(*one, *again);
    } else {
      into.copy(one);
    }
  }
  work.after = into.take();
}

}  // namespace instar::appup
