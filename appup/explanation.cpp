#include "appup/explanation.hpp"

#include <fmt/format.h>

#include <array>
#include <cstddef>

namespace instar::appup {
namespace {

struct rule {
  const char* tag;
  const char* text;
};

// In the order of the enumerations.
constexpr std::array reasons{
    rule{"as_written", "it is a low-level instruction, taken over as it is"},
    rule{"reads_object_code",
         "what is loaded later is read before anything is touched; one "
         "instruction per application, for all its modules"},
    rule{"point_of_no_return",
         "every script has one: what only reads stands before it"},
    rule{"suspends", "an update suspends the processes of its module"},
    rule{"loads", "the new code becomes current"},
    rule{"converts", "the change is advanced: code_change converts the states"},
    rule{"resumes", "what an update suspended goes on"},
    rule{"deletes", "code that is deleted becomes old and is then purged"},
    rule{"starts_application",
         "an application that is added or restarted is started"},
    rule{"loads_application",
         "an application of type load is loaded and not started"},
    rule{"stops_application",
         "an application that is removed or restarted is stopped first"},
    rule{"unloads_application", "an application that is removed is forgotten"},
    rule{"removes_modules",
         "the code of an application that is stopped goes, all modules of it"},
    rule{"restarts_into_runtime",
         "the releases have different runtimes: the node restarts"},
    rule{"restarts_at_end", "a script ends with at most one restart"},
};

constexpr std::array places{
    rule{"as_written", "where it is written among its script's instructions"},
    rule{"with_object_code",
         "first of all that is read, in the order of the first mention"},
    rule{"before_point_of_no_return",
         "written before the point of no return: after all object code"},
    rule{"at_point_of_no_return",
         "after what only reads, before what changes something"},
    rule{"block_start",
         "first of its block, dependants before what they depend on"},
    rule{"block_loads_up",
         "going up a module is loaded before those that depend on it"},
    rule{"block_loads_down",
         "going down a module is loaded before those that it depends on"},
    rule{"block_converts_up",
         "going up the new code converts, so after all loads of the block"},
    rule{"block_converts_before_load",
         "going down the newer code of a dynamic module converts, so before "
         "the loads of the block"},
    rule{"block_converts_after_load",
         "going down the older code of a static module converts, so after the "
         "loads of the block"},
    rule{"block_end", "last of its block, in the reverse order of the suspend"},
    rule{"added_applications",
         "applications that are added come before the appups, in the order of "
         "the release"},
    rule{"removed_applications",
         "applications that are removed come after the appups, in the order of "
         "the release"},
    rule{"first_of_all", "a restart into another runtime comes first"},
    rule{"last_of_all", "an ordinary restart comes last"},
};

static_assert(reasons.size() ==
              static_cast<std::size_t>(reason::restarts_at_end) + 1);
static_assert(places.size() ==
              static_cast<std::size_t>(place::last_of_all) + 1);

const rule& rule_of(reason why) {
  return reasons[static_cast<std::size_t>(why)];
}
const rule& rule_of(place here) {
  return places[static_cast<std::size_t>(here)];
}

std::string to_text(const explanation::origin& of) {
  if (!of.where.file)
    return of.written;
  return fmt::format("{}:{}: {}", of.where.file->name, of.where.at.line,
                     of.written);
}

}  // namespace

const char* tag_of(reason why) {
  return rule_of(why).tag;
}
const char* tag_of(place here) {
  return rule_of(here).tag;
}
const char* text_of(reason why) {
  return rule_of(why).text;
}
const char* text_of(place here) {
  return rule_of(here).text;
}

std::vector<std::string> to_lines(const explanation& of) {
  std::vector<std::string> lines;
  for (const auto& one : of.origins)
    lines.push_back(to_text(one));
  lines.push_back(
      fmt::format("  why: {} [{}]", text_of(of.why), tag_of(of.why)));
  lines.push_back(
      fmt::format("  here: {} [{}]", text_of(of.here), tag_of(of.here)));
  for (const auto& first : of.block)
    lines.push_back("  the block stands in the place of " + to_text(first));
  return lines;
}

}  // namespace instar::appup
