#include "base/file_system.hpp"

#include <boost/filesystem/directory.hpp>
#include <boost/filesystem/operations.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace instar {
namespace {

namespace fs = boost::filesystem;
using boost::system::error_code;

failure system_failure(int error, std::string_view what, const path& file) {
  const error_code code(error, boost::system::system_category());
  return {code,
          std::string(what) + " " + file.string() + ": " + code.message()};
}

failure failed(const error_code& code, std::string_view what,
               const path& file) {
  return {code,
          std::string(what) + " " + file.string() + ": " + code.message()};
}

class descriptor {
public:
  explicit descriptor(int number) : number_(number) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0)
      ::close(number_);
  }
  int get() const { return number_; }

private:
  int number_;
};

result<> write_all(const path& file, int flags, std::string_view bytes) {
  const descriptor out(::open(file.c_str(), flags | O_CLOEXEC, 0644));
  if (out.get() < 0)
    return system_failure(errno, "open", file);
  while (!bytes.empty()) {
    const auto written = ::write(out.get(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR)
        continue;
      return system_failure(errno, "write", file);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

result<std::string> real_file_system::read(const path& file,
                                           std::uint64_t limit_bytes) {
  const descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.get() < 0)
    return system_failure(errno, "open", file);
  struct stat about {};
  if (::fstat(in.get(), &about) != 0) {
    return system_failure(errno, "stat", file);
  }
  if (S_ISDIR(about.st_mode))
    return system_failure(EISDIR, "read", file);
  std::string bytes;
  char buffer[65536];
  for (;;) {
    const auto got = ::read(in.get(), buffer, sizeof buffer);
    if (got < 0) {
      if (errno == EINTR)
        continue;
      return system_failure(errno, "read", file);
    }
    if (got == 0)
      return bytes;
    bytes.append(buffer, static_cast<std::size_t>(got));
    if (bytes.size() > limit_bytes)
      return system_failure(EFBIG, "read", file);
  }
}

result<> real_file_system::write(const path& file, std::string_view bytes) {
  return write_all(file, O_WRONLY | O_CREAT | O_TRUNC, bytes);
}

result<> real_file_system::append(const path& file, std::string_view bytes) {
  return write_all(file, O_WRONLY | O_CREAT | O_APPEND, bytes);
}

result<> real_file_system::sync(const path& file_or_folder) {
  const descriptor file(::open(file_or_folder.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0)
    return system_failure(errno, "open", file_or_folder);
  if (::fsync(file.get()) != 0) {
    return system_failure(errno, "fsync", file_or_folder);
  }
  return {};
}

result<> real_file_system::rename(const path& from, const path& to) {
  error_code code;
  fs::rename(from, to, code);
  if (code)
    return failed(code, "rename to", to);
  return {};
}

result<> real_file_system::make_folders(const path& folder) {
  error_code code;
  fs::create_directories(folder, code);
  if (code)
    return failed(code, "make folder", folder);
  return {};
}

result<> real_file_system::remove(const path& file_or_empty_folder) {
  error_code code;
  if (!fs::remove(file_or_empty_folder, code) && !code) {
    return system_failure(ENOENT, "remove", file_or_empty_folder);
  }
  if (code)
    return failed(code, "remove", file_or_empty_folder);
  return {};
}

result<> real_file_system::remove_all(const path& tree) {
  error_code code;
  fs::remove_all(tree, code);
  if (code)
    return failed(code, "remove", tree);
  return {};
}

result<> real_file_system::copy_file(const path& from, const path& to) {
  error_code code;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, code);
  if (code)
    return failed(code, "copy to", to);
  return {};
}

file_kind real_file_system::kind(const path& file) {
  error_code code;
  switch (fs::symlink_status(file, code).type()) {
    case fs::file_not_found:
    case fs::status_error:
      return file_kind::missing;
    case fs::regular_file:
      return file_kind::regular;
    case fs::directory_file:
      return file_kind::folder;
    case fs::symlink_file:
      return file_kind::link;
    default:
      return file_kind::other;
  }
}

result<std::vector<std::string>> real_file_system::list(const path& folder) {
  error_code code;
  fs::directory_iterator entry(folder, code);
  if (code)
    return failed(code, "list", folder);
  std::vector<std::string> names;
  for (; entry != fs::directory_iterator(); entry.increment(code)) {
    if (code)
      return failed(code, "list", folder);
    names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool forbids_execution(const path& folder) {
  struct statvfs about {};
  return ::statvfs(folder.c_str(), &about) == 0 &&
         (about.f_flag & ST_NOEXEC) != 0;
}

}  // namespace instar
