#include "release_handler/archive.hpp"
#include "release_handler/errors.hpp"
#include "release_handler/package_space.hpp"

#include <boost/filesystem/operations.hpp>
#include <boost/system/error_code.hpp>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <vector>

namespace instar::release_handler {
namespace {

namespace fs = boost::filesystem;
using boost::system::error_code;

struct free_archive {
  void operator()(archive* open) const { archive_read_free(open); }
};
/// What any package may unpack to, however small it is.
constexpr std::uint64_t free_bytes = std::uint64_t{64} << 20U;

using archive_pointer = std::unique_ptr<archive, free_archive>;

failure system_failure(int error, std::string_view what, const path& file) {
  const error_code code(error, boost::system::system_category());
  return {code,
          std::string(what) + " " + file.string() + ": " + code.message()};
}

failure bad_package(archive* from, const path& package) {
  const auto* why = archive_error_string(from);
  return {errc::bad_package, package.string() + ": not a readable .tar.zst: " +
                                 (why != nullptr ? why : "unknown error")};
}

failure too_large(const path& package, const char* what) {
  return {errc::package_too_large,
          package.string() + ": " + what + " than the limits allow"};
}

// What libarchive reads from.
class source {
public:
  explicit source(package_file& from) : from_(from), buffer_(65536) {}

  static la_ssize_t read(archive* reader, void* self, const void** bytes) {
    auto& all = *static_cast<source*>(self);
    const auto got = all.from_.read(all.buffer_);
    if (!got) {
      archive_set_error(reader, EIO, "%s", got.error().message().c_str());
      return -1;
    }
    *bytes = all.buffer_.data();
    return static_cast<la_ssize_t>(*got);
  }

private:
  package_file& from_;
  std::vector<std::uint8_t> buffer_;
};

// One extraction: what it has cost so far.
class extraction {
public:
  extraction(archive* from, package_file& file, const path& into,
             const package_limits& limits)
      : from_(from),
        file_(file),
        package_(file.name()),
        into_(into),
        limits_(limits) {}

  result<> entry(archive_entry* about) {
    if (++entries_ > limits_.entries) {
      return too_large(package_, "more files");
    }
    // As bytes; where the archive says that it is UTF-8 and the locale is not,
    // only the second form is there.
    const char* name = archive_entry_pathname(about);
    if (name == nullptr)
      name = archive_entry_pathname_utf8(about);
    if (name == nullptr) {
      return failure(errc::package_path,
                     package_.string() + ": a path cannot be read");
    }
    INSTAR_TRY_ASSIGN(const auto file, package_entry_path(name, limits_));
    if (archive_entry_hardlink(about) != nullptr ||
        archive_entry_filetype(about) == AE_IFLNK) {
      return failure(errc::package_link,
                     package_.string() + ": " + file + " is a link");
    }
    switch (archive_entry_filetype(about)) {
      case AE_IFDIR:
        return folder(into_ / file);
      case AE_IFREG:
        if (file.empty())
          break;
        INSTAR_TRY(folder((into_ / file).parent_path()));
        return contents(file, (archive_entry_perm(about) & S_IXUSR) != 0);
      default:
        break;
    }
    return failure(errc::package_device, package_.string() + ": " + file +
                                             " is no file and no folder");
  }

private:
  static result<> folder(const path& made) {
    error_code code;
    fs::create_directories(made, code);
    if (code)
      return system_failure(code.value(), "make folder", made);
    return {};
  }

  // A path that is there already is refused: nothing is written twice.
  result<> contents(const std::string& file, bool executable) {
    const auto target = into_ / file;
    const int out = ::open(target.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                           executable ? 0755 : 0644);
    if (out < 0 && errno == EEXIST) {
      return failure(errc::bad_package,
                     package_.string() + ": " + file + " is there twice");
    }
    if (out < 0)
      return system_failure(errno, "open", target);
    auto done = copy_to(out, target);
    // The mode does not depend on the umask.
    if (done && ::fchmod(out, executable ? 0755 : 0644) != 0) {
      done = system_failure(errno, "chmod", target);
    }
    if (::close(out) != 0 && done) {
      done = system_failure(errno, "close", target);
    }
    return done;
  }

  result<> copy_to(int out, const path& target) {
    std::uint64_t size = 0;
    for (;;) {
      const auto got = archive_read_data(from_, buffer_.data(), buffer_.size());
      if (got < 0)
        return bad_package(from_, package_);
      if (got == 0)
        return {};
      size += static_cast<std::uint64_t>(got);
      total_ += static_cast<std::uint64_t>(got);
      if (size > limits_.file_bytes || total_ > limits_.total_bytes) {
        return too_large(package_, "more bytes");
      }
      if (total_ > free_bytes &&
          (total_ - free_bytes) / limits_.ratio > file_.position()) {
        return too_large(package_, "more bytes for so small a file");
      }
      INSTAR_TRY(write(out, static_cast<std::size_t>(got), target));
    }
  }

  result<> write(int out, std::size_t size, const path& target) {
    for (std::size_t done = 0; done < size;) {
      const auto written = ::write(out, buffer_.data() + done, size - done);
      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return system_failure(errno, "write", target);
      done += static_cast<std::size_t>(written);
    }
    return {};
  }

  archive* from_;
  package_file& file_;
  const path& package_;
  const path& into_;
  const package_limits& limits_;
  std::size_t entries_ = 0;
  std::uint64_t total_ = 0;
  std::array<char, 65536> buffer_{};
};

/// An archive that libarchive reads from a package's file.
class open_archive {
public:
  explicit open_archive(package_file& file)
      : file_(file), blocks_(file), from_(archive_read_new()) {}

  result<> open() {
    if (!from_)
      return system_failure(ENOMEM, "read", file_.name());
    archive_read_support_filter_zstd(from_.get());
    archive_read_support_format_tar(from_.get());
    if (archive_read_open(from_.get(), &blocks_, nullptr, &source::read,
                          nullptr) != ARCHIVE_OK) {
      return bad_package(from_.get(), file_.name());
    }
    return {};
  }
  archive* get() const { return from_.get(); }

  /// The next entry; null at the end.
  result<archive_entry*> next() {
    archive_entry* about = nullptr;
    const int got = archive_read_next_header(from_.get(), &about);
    if (got == ARCHIVE_EOF)
      return static_cast<archive_entry*>(nullptr);
    // A warning is about metadata that is not used here, but for a name that
    // cannot be converted, which is refused with its entry.
    if (got != ARCHIVE_OK && got != ARCHIVE_WARN)
      return bad_package(from_.get(), file_.name());
    return about;
  }

private:
  package_file& file_;
  source blocks_;
  archive_pointer from_;
};

}  // namespace

result<> extract_archive(package_file& file, const path& into,
                         const package_limits& limits) {
  open_archive from(file);
  INSTAR_TRY(from.open());
  const auto one = std::make_unique<extraction>(from.get(), file, into, limits);
  for (;;) {
    INSTAR_TRY_ASSIGN(auto* about, from.next());
    if (about == nullptr)
      return {};
    INSTAR_TRY(one->entry(about));
  }
}

result<std::uint64_t> archive_bytes(package_file& file,
                                    const package_limits& limits) {
  std::uint64_t total = 0;
  {
    open_archive from(file);
    INSTAR_TRY(from.open());
    for (std::size_t entries = 0; entries <= limits.entries; ++entries) {
      INSTAR_TRY_ASSIGN(auto* about, from.next());
      const auto size = about == nullptr ? -1 : archive_entry_size(about);
      if (about == nullptr || size < 0)
        break;
      total += bytes_on_disk(static_cast<std::uint64_t>(size));
      if (total > limits.total_bytes)
        break;
      // What extract_archive will refuse is not unpacked here either.
      if (total > free_bytes &&
          (total - free_bytes) / limits.ratio > file.size())
        break;
    }
  }
  INSTAR_TRY(file.restart());
  return total;
}

}  // namespace instar::release_handler
