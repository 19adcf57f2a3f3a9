// What the loops of callback modules with one typed state have in common:
// gen_server and gen_statem.
#pragma once

#include "module/descriptor.hpp"
#include "runtime/behaviour.hpp"
#include "runtime/gen_server_table.hpp"

namespace instar {

class instance;

class typed_behaviour : public behaviour {
public:
  void terminate(process& self, const exit_reason& why) const override;
  void destroy_state(void* state, const type_node* type) const override;
  result<converted_state> convert(process& self, const box& old,
                                  const transition& by) const override;
  void adopted(process& self, void* old_state, void* new_state,
               const transition& by) const override;
  result<value> state(process& self) const override;
  result<value> shown_state(process& self) const override;
  result<value> replace_state(process& self, const value& to) const override;

protected:
  static const gen_server_table& table_of(const instance& owner);
  /// Makes the box by the callback module's init; false: it has failed, and the
  /// parent knows.
  static bool make_box(process& self, behaviour_kind kind);
  /// A message that the module does not take.
  static void no_handler(process& self, const message& m,
                         const instance& owner);
  /// What the handler of `m` has thrown ends the process.
  static void fail(process& self, const message& m, std::string text);
};

}  // namespace instar
