#include "runtime/message.hpp"

#include "runtime/instance.hpp"
#include "runtime/system_request.hpp"

namespace instar {

void destroy(message* gone) noexcept {
  auto* owner = gone->owner;
  if (gone->kind == message_kind::system) {
    delete *static_cast<system_request**>(gone->payload());
  } else {
    gone->type->destroy(gone->payload());
  }
  gone->~message();
  ::operator delete (gone, std::align_val_t{16});
  if (owner != nullptr)
    owner->uses.add(-1);
}

namespace detail {
namespace {

message* raw_message(std::size_t payload_size) {
  void* memory =
      ::operator new (message_header_size + payload_size, std::align_val_t{16});
  return ::new (memory) message();
}

}  // namespace

message* allocate_message(const type_key* key, const type_node& type,
                          instance* owner) {
  auto* made = raw_message(type.size);
  made->key = key;
  made->type = &type;
  made->owner = owner;
  if (owner != nullptr)
    owner->uses.add(1);
  return made;
}

void abandon_message(message* raw) noexcept {
  auto* owner = raw->owner;
  ::operator delete (raw, std::align_val_t{16});
  if (owner != nullptr)
    owner->uses.add(-1);
}

}  // namespace detail

message_ptr make_system_message(std::unique_ptr<system_request> request) {
  auto* made = detail::raw_message(sizeof(system_request*));
  made->kind = message_kind::system;
  ::new (made->payload()) system_request*(request.release());
  return message_ptr(made);
}

}  // namespace instar
