#include "runtime/refuse.hpp"

#include "runtime/errors.hpp"
#include "runtime/runtime.hpp"
#include "runtime/system_request.hpp"

namespace instar {

void fail_call(runtime& node, pid caller, std::uint64_t tag, int code,
               std::string context) {
  if (tag == 0)
    return;
  auto answer = make_message(failure_payload{code, std::move(context)},
                             message_kind::reply);
  answer->tag = tag;
  answer->is_failure = true;
  node.deliver(caller, std::move(answer));
}

void refuse(runtime& node, message_ptr m, pid to, const exit_reason& why) {
  switch (m->kind) {
    case message_kind::call:
    case message_kind::init:
      fail_call(node, m->sender, m->tag, static_cast<int>(errc::noproc),
                why.text());
      break;
    case message_kind::monitor: {
      auto down =
          make_message(down_message{m->tag, to, why}, message_kind::down);
      down->tag = m->tag;
      node.deliver(m->sender, std::move(down));
      break;
    }
    case message_kind::link: {
      node.send_exit(to, m->sender, why);
      break;
    }
    case message_kind::system: {
      auto& request = *static_cast<system_request*>(
          *static_cast<system_request**>(m->payload()));
      if (auto done = std::exchange(request.done, nullptr)) {
        done(failure(errc::noproc, why.text()));
      }
      break;
    }
    default:
      break;
  }
}

}  // namespace instar
