// What a special process's module gives to its behaviour, as data; made by
// special_process.hpp.
#pragma once

#include "runtime/gen_server_table.hpp"

#include <coroutine>
#include <string>
#include <vector>

namespace instar {

struct special_process_table {
  /// Its handlers only say which messages it takes.
  gen_server_table server;
  /// Makes the frame of its loop, which has not begun; null where `error` is set.
  /// `continues`: after a system message.
  std::coroutine_handle<> (*start)(void* state, bool continues,
                                   callback_error& error) noexcept;
  // What sys asks; each null where the module has none.
  void (*get_state)(const void* state, value& shown,
                    callback_error& error) noexcept;
  void (*replace_state)(void* state, const value& to,
                        callback_error& error) noexcept;
  void (*get_modules)(const void* state, std::vector<std::string>& names,
                      callback_error& error) noexcept;
};

}  // namespace instar
