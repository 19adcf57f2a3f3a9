// A message: a header and a typed C++ value behind it, in one allocation.
//
// The value is destroyed only through its owner, the module instance that made
// it (its code knows how), and each message counts as a use of that instance. A
// null owner is the runtime itself.
#pragma once

#include "runtime/event_handler.hpp"
#include "runtime/pid.hpp"
#include "runtime/type_key.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace instar {

class instance;
class system_request;

enum class message_kind : std::uint8_t {
  // Ordinary messages: they wait in the mailbox, in order, and at a closed
  // gate.
  call,
  cast,
  info,
  init,          // of a new process; from its parent
  exit_notice,   // for one that traps exits: an info
  continuation,  // continue_with: before all others
  response,      // the answer to send_request has come: an info; tag
  // The system queue, served first.
  reply,  // to a call, or a start's answer; tag says which
  down,   // tag is the monitor
  exit,   // payload exit_reason
  link,
  unlink,
  monitor,  // tag
  demonitor,
  paid,    // another process has replied to the call of this tag
  wake,    // a deadline may have passed
  system,  // a system_request
};

struct message {
  message* next = nullptr;
  const type_key* key = nullptr;
  /// The owner's node: how the value is read and destroyed.
  const type_node* type = nullptr;
  instance* owner = nullptr;
  /// Who sent it; null for messages from outside.
  pid sender;
  /// Of a call: what its reply carries. Of a reply or a down: which wait it
  /// ends.
  std::uint64_t tag = 0;
  std::uint32_t target_generation = 0;
  message_kind kind = message_kind::cast;
  /// A reply that says why there is none; the value is a failure_payload.
  bool is_failure = false;
  /// Its process has told of it as a system event, and was to take it again.
  bool is_told = false;
  /// A call to one handler of an event manager; null: to the process itself.
  std::unique_ptr<const event_handler> to_handler;

  void* payload();
  const void* payload() const { return const_cast<message*>(this)->payload(); }
};

inline constexpr std::size_t message_header_size =
    (sizeof(message) + 15) / 16 * 16;

inline void* message::payload() {
  return reinterpret_cast<std::byte*>(this) + message_header_size;
}

/// Destroys a message and its value through the owner. Any thread.
void destroy(message* gone) noexcept;

struct message_deleter {
  void operator()(message* gone) const noexcept { destroy(gone); }
};
/// Owns a message on its way.
using message_ptr = std::unique_ptr<message, message_deleter>;

namespace detail {

/// The instance of the module that this code is part of: the loader sets it in
/// each module; in the runtime and in programs it stays null.
inline constinit instance* this_instance = nullptr;

/// Raw memory for a message of `type`, with a header that is filled but for
/// kind, sender and tag; counted as a use of `owner`.
message* allocate_message(const type_key* key, const type_node& type,
                          instance* owner);
/// Gives back memory whose value was never made.
void abandon_message(message* raw) noexcept;

}  // namespace detail

/// Makes a message of a value, owned by the module that calls.
template <class Value>
message_ptr make_message(Value&& content, message_kind kind) {
  using type = std::remove_cvref_t<Value>;
  static_assert(alignof(type) <= 16,
                "a message may need 16-byte alignment only");
  message* raw = detail::allocate_message(&key_of<type>(), type_of<type>(),
                                          detail::this_instance);
  if constexpr (std::is_nothrow_constructible_v<type, Value&&>) {
    ::new (raw->payload()) type(std::forward<Value>(content));
  } else {
    try {
      ::new (raw->payload()) type(std::forward<Value>(content));
    } catch (...) {
      detail::abandon_message(raw);
      throw;
    }
  }
  raw->kind = kind;
  return message_ptr(raw);
}

/// The value of a reply that failed: an errc and a text.
struct failure_payload {
  std::int32_t code = 0;
  std::string context;
};
BOOST_DESCRIBE_STRUCT(failure_payload, (), (code, context))

/// Carries a request that only the runtime makes; deleted with the message.
message_ptr make_system_message(std::unique_ptr<system_request> request);

/// A first-in first-out list of messages, linked through `next`. One thread.
class message_queue {
public:
  message_queue() = default;
  message_queue(const message_queue&) = delete;
  message_queue& operator=(const message_queue&) = delete;
  ~message_queue() { clear(); }

  bool empty() const { return head_ == nullptr; }
  std::size_t size() const { return size_; }
  message* front() const { return head_; }
  message* back() const { return head_ == nullptr ? nullptr : tail_; }

  void push(message* m) {
    m->next = nullptr;
    (head_ == nullptr ? head_ : tail_->next) = m;
    tail_ = m;
    ++size_;
  }
  message_ptr pop() {
    message* m = head_;
    if (m != nullptr) {
      head_ = m->next;
      m->next = nullptr;
      --size_;
    }
    return message_ptr(m);
  }
  /// Before all others.
  void push_front(message* m) {
    m->next = head_;
    head_ = m;
    if (tail_ == nullptr || m->next == nullptr)
      tail_ = m;
    ++size_;
  }
  /// Takes out the first one that `wanted` accepts, leaving the others in
  /// order.
  template <class Predicate>
  message_ptr take(Predicate wanted) {
    message* before = nullptr;
    return take_behind(before, std::move(wanted));
  }
  /// As take(), among those behind `before`, or all where it is null. It becomes the
  /// last one that was not accepted.
  template <class Predicate>
  message_ptr take_behind(message*& before, Predicate wanted) {
    for (message* m = before == nullptr ? head_ : before->next; m != nullptr;
         before = m, m = m->next) {
      if (!wanted(*m))
        continue;
      (before == nullptr ? head_ : before->next) = m->next;
      if (tail_ == m)
        tail_ = before;
      m->next = nullptr;
      --size_;
      return message_ptr(m);
    }
    return nullptr;
  }
  /// Puts all of `others` before what it has.
  void prepend(message_queue& others) {
    if (others.empty())
      return;
    others.tail_->next = head_;
    if (head_ == nullptr)
      tail_ = others.tail_;
    head_ = others.head_;
    size_ += others.size_;
    others.head_ = nullptr;
    others.size_ = 0;
  }
  void clear() {
    while (!empty())
      pop();
  }

private:
  message* head_ = nullptr;
  message* tail_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace instar
