#include "release_handler/package_file.hpp"

#include "release_handler/errors.hpp"

#include <fcntl.h>
#include <sodium/crypto_generichash.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace instar::release_handler {
namespace {

failure system_failure(const char* what, const path& file) {
  const boost::system::error_code code(errno, boost::system::system_category());
  return {code,
          std::string(what) + " " + file.string() + ": " + code.message()};
}

}  // namespace

struct package_file::hashing {
  crypto_generichash_state state{};
};

package_file::package_file(path name)
    : name_(std::move(name)), hash_(std::make_unique<hashing>()) {}

result<package_file> package_file::open(const path& file) {
  package_file made(file);
  // Without waiting, so that a pipe does not hold the node up.
  made.file_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (made.file_ < 0 && errno == ENOENT)
    return failure(errc::no_such_file, file.string() + " is not there");
  struct stat about {};
  if (made.file_ < 0 || ::fstat(made.file_, &about) != 0)
    return system_failure("open", file);
  if (!S_ISREG(about.st_mode))
    return failure(errc::bad_package, file.string() + " is not a file");
  made.size_ = static_cast<std::uint64_t>(about.st_size);
  INSTAR_TRY(made.restart());
  return made;
}

package_file::package_file(package_file&& other) noexcept
    : name_(std::move(other.name_)),
      file_(std::exchange(other.file_, -1)),
      size_(other.size_),
      position_(other.position_),
      hash_(std::move(other.hash_)) {}

package_file::~package_file() {
  if (file_ >= 0)
    ::close(file_);
}

result<std::size_t> package_file::read(std::span<std::uint8_t> into) {
  for (;;) {
    const auto got = ::read(file_, into.data(), into.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return system_failure("read", name_);
    const auto size = static_cast<std::size_t>(got);
    crypto_generichash_update(&hash_->state, into.data(), size);
    position_ += size;
    return size;
  }
}

result<minisign::file_hash> package_file::finish() {
  std::vector<std::uint8_t> buffer(std::size_t{1} << 16U);
  // A file that grows while it is read has no end.
  while (position_ <= size_) {
    INSTAR_TRY_ASSIGN(const auto size, read(buffer));
    if (size == 0)
      break;
  }
  minisign::file_hash hash{};
  crypto_generichash_final(&hash_->state, hash.data(), hash.size());
  return hash;
}

result<> package_file::restart() {
  if (::lseek(file_, 0, SEEK_SET) != 0)
    return system_failure("read", name_);
  position_ = 0;
  crypto_generichash_init(&hash_->state, nullptr, 0,
                          minisign::file_hash{}.size());
  return {};
}

}  // namespace instar::release_handler
