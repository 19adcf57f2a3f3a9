#include "release_handler/tls_certificate.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>

namespace instar::release_handler {

tls_certificate::tls_certificate(path certificate, path key, listener told)
    : certificate_(std::move(certificate)),
      key_(std::move(key)),
      told_(std::move(told)) {}

result<std::unique_ptr<tls_certificate>> tls_certificate::open(path certificate,
                                                               path key,
                                                               listener told) {
  std::unique_ptr<tls_certificate> made(new tls_certificate(
      std::move(certificate), std::move(key), std::move(told)));
  // Before the loading: what changes meanwhile is seen the next time.
  made->loaded_ = made->marks();
  INSTAR_TRY_ASSIGN(made->context_,
                    tls_context::for_server(made->certificate_, made->key_));
  return made;
}

tls_certificate::mark tls_certificate::mark_of(const path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0)
    return {};
  return {static_cast<std::int64_t>(about.st_dev),
          static_cast<std::int64_t>(about.st_ino),
          about.st_size,
          about.st_mtim.tv_sec,
          about.st_mtim.tv_nsec,
          about.st_ctim.tv_sec,
          about.st_ctim.tv_nsec};
}

std::array<tls_certificate::mark, 2> tls_certificate::marks() const {
  return {mark_of(certificate_), mark_of(key_)};
}

std::string tls_certificate::load(const std::array<mark, 2>& now) {
  auto made = tls_context::for_server(certificate_, key_);
  if (made) {
    context_ = std::move(*made);
    loaded_ = now;
    trouble_.clear();
    return fmt::format("new connections get the certificate that is now in {}",
                       certificate_.string());
  }
  const auto& why = made.error().message();
  if (why == trouble_)
    return {};
  trouble_ = why;
  return fmt::format("listen: {}; the certificate stays what it was", why);
}

std::shared_ptr<const tls_context> tls_certificate::current() {
  std::string news;
  std::shared_ptr<const tls_context> found;
  {
    const std::lock_guard lock(mutex_);
    const auto now = marks();
    if (now != loaded_)
      news = load(now);
    found = context_;
  }
  if (told_ && !news.empty())
    told_(news);
  return found;
}

}  // namespace instar::release_handler
