// A server's certificate as its files have it, loaded again when they change:
// certificates last for weeks, nodes for longer.
#pragma once

#include "release_handler/tls.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace instar::release_handler {

/// Any thread.
class tls_certificate {
public:
  /// Is told that another certificate counts, or why it does not.
  using listener = std::function<void(const std::string& text)>;

  /// Errors: as tls_context::for_server().
  static result<std::unique_ptr<tls_certificate>> open(path certificate,
                                                       path key,
                                                       listener told = {});

  /// For a new connection. Where the files have changed and cannot be taken, as
  /// between the writing of the one and the other, it stays what it was.
  std::shared_ptr<const tls_context> current();

private:
  /// Device, inode, size, and the times of the last changes; zeros: no file.
  using mark = std::array<std::int64_t, 7>;

  tls_certificate(path certificate, path key, listener told);
  static mark mark_of(const path& file);
  std::array<mark, 2> marks() const;
  /// What is to be told, or nothing.
  std::string load(const std::array<mark, 2>& now);

  const path certificate_, key_;
  const listener told_;
  std::mutex mutex_;
  std::shared_ptr<const tls_context> context_;
  std::array<mark, 2> loaded_{};
  std::string trouble_;
};

}  // namespace instar::release_handler
