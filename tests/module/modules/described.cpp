// A module whose descriptor has every kind of row, made by hand.
#include "module/abi.hpp"
#include "module/descriptor.hpp"
#include "module/type_of.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

INSTAR_EMIT_NOTE(INSTAR_MODULE_NAME, INSTAR_MODULE_VSN);

namespace app {
inline namespace INSTAR_VSN {

enum class color { red, green = 7 };
BOOST_DESCRIBE_ENUM(color, red, green)
struct tree {
  std::string label;
  std::vector<tree> children;
};
BOOST_DESCRIBE_STRUCT(tree, (), (label, children))
struct old_state {
  std::int32_t count = 0;
};
BOOST_DESCRIBE_STRUCT(old_state, (), (count))
struct state {
  static constexpr instar::renamed renames[]{{"count", "total"}};
  std::int64_t total = 0;
  color paint = color::red;
  tree root;
  std::map<std::string, std::optional<double>> prices;
  std::variant<int, std::string> choice;
  std::array<std::uint8_t, 3> bytes{};
  std::chrono::milliseconds age{};
  std::unique_ptr<int> owned;
};
BOOST_DESCRIBE_STRUCT(state, (),
                      (total, paint, root, prices, choice, bytes, age, owned))
struct get {
  std::string key;
};
BOOST_DESCRIBE_STRUCT(get, (), (key))

constexpr instar::state_conversion conversions[]{
    {&instar::type_of<old_state>(), &instar::type_of<state>(),
     instar::direction::up, nullptr, [](void*, void*) noexcept {}, false},
    {&instar::type_of<state>(), &instar::type_of<old_state>(),
     instar::direction::down, nullptr, nullptr, false}};
constexpr instar::message_row messages[]{
    {instar::handler_kind::call, &instar::type_of<get>(),
     &instar::type_of<std::string>()},
    {instar::handler_kind::cast, &instar::type_of<get>(), nullptr}};
constexpr instar::exported_function functions[]{{"twice", "int (int)"}};
std::uint32_t slot = 0;
constexpr instar::imported_function imports[]{
    {"other", "thrice", "int (int)", &slot}};

}  // namespace INSTAR_VSN
}  // namespace app

extern "C" {
extern __attribute__((visibility("default")))
const instar::module_descriptor instar_module_v1;
constinit const instar::module_descriptor instar_module_v1 = [] {
  instar::module_descriptor made{};
  made.size = sizeof(instar::module_descriptor);
  made.version = instar::descriptor_version;
  made.name = INSTAR_MODULE_NAME;
  made.vsn = INSTAR_MODULE_VSN;
  made.abi_tag = INSTAR_ABI_TAG;
  made.kind = instar::behaviour_kind::gen_server;
  made.state = &instar::type_of<app::state>();
  made.conversions = app::conversions;
  made.conversion_count = 2;
  made.messages = app::messages;
  made.message_count = 2;
  made.functions = app::functions;
  made.function_count = 1;
  made.imports = app::imports;
  made.import_count = 1;
  return made;
}();
}
