#include "testing/module_batch.hpp"

#include "runtime/errors.hpp"
#include "runtime/instance.hpp"

#include <boost/filesystem/operations.hpp>

#include <fmt/format.h>

namespace instar::testing {
namespace {

constexpr std::chrono::seconds adoption_patience{30};

/// Unloads what is neither current nor old in the end.
class loaded_files {
public:
  explicit loaded_files(runtime& node) : node_(node) {}
  loaded_files(const loaded_files&) = delete;
  loaded_files& operator=(const loaded_files&) = delete;
  ~loaded_files() {
    for (auto* code : all_) {
      const auto& name = code->name;
      if (node_.code().current(name) == code || node_.code().old(name) == code)
        continue;
      if (auto gone = node_.code().unload(code); !gone)
        node_.log(log_level::warning, gone.error().message());
    }
  }

  result<> load(const path& file) {
    INSTAR_TRY_ASSIGN(auto* next, node_.code().load_unchecked(file));
    all_.push_back(next);
    const auto* now = node_.code().current(next->name);
    if (now == nullptr) {
      return failure(
          errc::no_such_module,
          fmt::format("module {} is not loaded: there is nothing to upgrade; "
                      "load it",
                      next->name));
    }
    if (now == next) {
      return failure(errc::already_present,
                     fmt::format("{} {} of {} runs already", now->name,
                                 now->vsn, file.string()));
    }
    // There is room for one old version only.
    const auto* old_code = node_.code().old(next->name);
    if (old_code != nullptr && old_code != next)
      return node_.code().soft_purge(next->name);
    return {};
  }
  const std::vector<instance*>& all() const { return all_; }

private:
  runtime& node_;
  std::vector<instance*> all_;
};

}  // namespace

result<upgrade_report> change_modules(runtime& node,
                                      const std::vector<path>& files,
                                      direction way, const value& extra) {
  loaded_files loaded(node);
  for (const auto& file : files)
    INSTAR_TRY(loaded.load(boost::filesystem::absolute(file)));
  std::vector<module_upgrade> batch;
  for (auto* code : loaded.all()) {
    INSTAR_TRY(node.code().check_imports(*code, loaded.all()));
    module_upgrade one;
    one.module = code->name;
    one.next = code;
    one.is_suspended = true;
    one.is_converted = true;
    one.way = way;
    one.extra = extra;
    batch.push_back(std::move(one));
  }
  upgrade going(node, std::move(batch), {});
  INSTAR_TRY(going.check());
  INSTAR_TRY(going.prepare());
  INSTAR_TRY(going.commit());
  INSTAR_TRY(going.adopt(adoption_patience));
  return going.report();
}

}  // namespace instar::testing
