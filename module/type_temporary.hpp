// An object that is made to be moved away. For type_json_read.cpp only.
#pragma once

#include "module/type_node.hpp"

#include <new>

namespace instar::detail {

/// A default value of an element, until it is moved into its container.
class temporary {
public:
  explicit temporary(const type_node& type)
      : type_(type),
        at_(::operator new (type.size, std::align_val_t{type.align})) {
    try {
      type.default_construct(at_);
    } catch (...) {
      release();
      throw;
    }
  }
  temporary(const temporary&) = delete;
  temporary& operator=(const temporary&) = delete;
  ~temporary() {
    type_.destroy(at_);
    release();
  }
  void* at() { return at_; }

private:
  void release() { ::operator delete (at_, std::align_val_t{type_.align}); }

  const type_node& type_;
  void* at_;
};

}  // namespace instar::detail
