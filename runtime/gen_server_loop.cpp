// The loop of a gen_server. The callback module is the owner of the one box.
#include "runtime/behaviours.hpp"
#include "runtime/instance.hpp"
#include "runtime/process.hpp"
#include "runtime/runtime.hpp"
#include "runtime/typed_behaviour.hpp"
#include "runtime/typed_state.hpp"

namespace instar {
namespace {

handler_kind kind_of(message_kind kind) {
  switch (kind) {
    case message_kind::call:
      return handler_kind::call;
    case message_kind::cast:
      return handler_kind::cast;
    case message_kind::continuation:
      return handler_kind::continue_;
    default:
      return handler_kind::info;
  }
}

class gen_server_behaviour final : public typed_behaviour {
public:
  const char* name() const override { return "gen_server"; }

  void init(process& self) const override {
    if (make_box(self, behaviour_kind::gen_server))
      self.init_succeeded();
  }

  void handle(process& self, message& m) const override {
    const auto& box = self.writable_box();
    if (self.is_stopping())
      return;
    const auto& table = table_of(*box.owner);
    auto found = find_handler(*box.owner, {table.handlers, table.handler_count},
                              m, kind_of(m.kind));
    if (found.entry == nullptr) {
      no_handler(self, m, *box.owner);
      return;
    }
    auto* adapted = self.replace_handled(std::move(found.adapted));
    serve(self, box.state, adapted == nullptr ? m : *adapted, *found.entry);
  }

private:
  static void serve(process& self, void* state, message& m,
                    const handler_entry& entry) {
    const bool is_call = m.kind == message_kind::call;
    handler_context context{self, state, m.payload(), {}, {}};
    if (is_call)
      context.caller = {m.sender, m.tag, self.self()};
    // A void handle_call replies later: the caller must hear of our end.
    if (is_call && entry.reply == nullptr)
      self.owe(context.caller);
    {
      const callback_scope here(self, &m);
      entry.invoke(context);
    }
    if (context.error.failed)
      fail(self, m, std::move(context.error.text));
  }
};

}  // namespace

const behaviour& gen_server_loop() {
  static const gen_server_behaviour loop;
  return loop;
}

}  // namespace instar
