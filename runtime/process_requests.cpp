// What a process has asked others without waiting for the answers.
#include "runtime/process.hpp"
#include "runtime/requests.hpp"

#include <utility>

namespace instar {

void process::open_request(std::uint64_t tag) {
  extra().requests.emplace(tag, nullptr);
}

bool process::has_request(std::uint64_t tag, bool answer) const {
  if (extra_ == nullptr)
    return false;
  const auto found = extra_->requests.find(tag);
  return found != extra_->requests.end() &&
         (!answer || found->second != nullptr);
}

message_ptr process::take_response(std::uint64_t tag) {
  if (extra_ == nullptr)
    return nullptr;
  auto found = extra_->requests.extract(tag);
  return found ? std::move(found.mapped()) : nullptr;
}

/// False where nobody has asked for it, or has given up.
bool process::keep_response(message_ptr& m) {
  if (extra_ == nullptr)
    return false;
  const auto found = extra_->requests.find(m->tag);
  if (found == extra_->requests.end())
    return false;
  auto told = make_message(response_message{{m->tag, m->sender}},
                           message_kind::response);
  told->tag = m->tag;
  told->sender = m->sender;
  found->second = std::move(m);
  user_.push(told.release());
  return true;
}

}  // namespace instar
