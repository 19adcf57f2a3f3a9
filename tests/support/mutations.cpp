#include "tests/support/mutations.hpp"

#include <functional>
#include <string>

namespace instar::test {
namespace {

namespace json = boost::json;

const json::array& replacements() {
  // A number with a fraction of zero is left out: JSON Schema takes it for an
  // integer, YAML's core schema does not.
  static const json::array all{nullptr,
                               true,
                               -1,
                               0,
                               1,
                               2,
                               70'000,
                               4'294'967'296,
                               1.5,
                               "",
                               "x",
                               "X",
                               "a-b",
                               "1.0",
                               "1 0",
                               "../x",
                               "default",
                               "soft",
                               "supervisor",
                               "512MiB",
                               "00MiB",
                               std::string(300, 'a'),
                               json::array{},
                               json::array{nullptr},
                               json::array{"x"},
                               json::array{json::array{}},
                               json::array{json::object{}},
                               json::object{},
                               json::object{{"x", nullptr}},
                               json::object{{"x", "1"}},
                               json::object{{"name", "x"}},
                               json::object{{"module", "x"}},
                               json::object{{"advanced", 1}},
                               json::object{{"regex", "1.*"}}};
  return all;
}

using change = std::function<void()>;

// Calls `done` once for each change of what is at `here`, which is inside the
// document, and puts it back.
void vary(value& here, const change& done) {
  const auto before = here;
  for (const auto& one : replacements()) {
    here = one;
    done();
  }
  here = before;
  if (auto* const items = here.if_array()) {
    for (std::size_t i = 0; i < items->size(); ++i) {
      vary((*items)[i], done);
      const auto all = *items;
      items->erase(items->begin() + static_cast<std::ptrdiff_t>(i));
      done();
      *items = all;
    }
  }
  if (auto* const members = here.if_object()) {
    for (std::size_t i = 0; i < members->size(); ++i) {
      auto& member = *(members->begin() + static_cast<std::ptrdiff_t>(i));
      const std::string key(member.key());
      vary(member.value(), done);
      const auto all = *members;
      members->erase(key);
      done();
      *members = all;
    }
    (*members)["unknown"] = 1;
    done();
    members->erase("unknown");
  }
}

}  // namespace

std::vector<value> mutations(const value& from) {
  std::vector<value> all{from};
  value document = from;
  vary(document, [&] { all.push_back(document); });
  return all;
}

}  // namespace instar::test
