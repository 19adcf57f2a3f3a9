#include "release_handler/archive.hpp"
#include "release_handler/errors.hpp"

#include <boost/filesystem/operations.hpp>
#include <boost/system/error_code.hpp>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

namespace instar::release_handler {
namespace {

struct free_archive {
  void operator()(archive* open) const { archive_write_free(open); }
};
struct free_entry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

failure system_failure(int error, std::string_view what, const path& file) {
  const boost::system::error_code code(error, boost::system::system_category());
  return {code,
          std::string(what) + " " + file.string() + ": " + code.message()};
}

}  // namespace

struct archive_writer::state {
  path output, temporary;
  int descriptor = -1;
  std::unique_ptr<archive, free_archive> to;
  bool finished = false;

  state() = default;
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  ~state() {
    to.reset();
    if (descriptor >= 0)
      ::close(descriptor);
    if (!finished)
      ::unlink(temporary.c_str());
  }

  failure failed() const {
    const int error = archive_errno(to.get());
    const auto* why = archive_error_string(to.get());
    return {boost::system::error_code(error > 0 ? error : EIO,
                                      boost::system::system_category()),
            "write " + temporary.string() + ": " +
                (why != nullptr ? why : "unknown error")};
  }

  result<> add(const std::string& name, mode_t kind, mode_t mode,
               std::string_view bytes) const {
    const std::unique_ptr<archive_entry, free_entry> entry(archive_entry_new());
    archive_entry_copy_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), kind);
    archive_entry_set_perm(entry.get(), mode);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
    archive_entry_set_mtime(entry.get(), 0, 0);
    archive_entry_set_uid(entry.get(), 0);
    archive_entry_set_gid(entry.get(), 0);
    if (archive_write_header(to.get(), entry.get()) != ARCHIVE_OK) {
      return failed();
    }
    while (!bytes.empty()) {
      const auto written =
          archive_write_data(to.get(), bytes.data(), bytes.size());
      if (written <= 0)
        return failed();
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }
};

archive_writer::archive_writer(std::unique_ptr<state> open)
    : state_(std::move(open)) {}
archive_writer::archive_writer(archive_writer&&) noexcept = default;
archive_writer& archive_writer::operator=(archive_writer&&) noexcept = default;
archive_writer::~archive_writer() = default;

result<archive_writer> archive_writer::open(const path& output) {
  auto made = std::make_unique<state>();
  made->output = output;
  made->temporary = path(output.string() + ".new");
  made->descriptor = ::open(made->temporary.c_str(),
                            O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (made->descriptor < 0) {
    return system_failure(errno, "open", made->temporary);
  }
  made->to.reset(archive_write_new());
  auto* to = made->to.get();
  // GNU tar stores names as bytes, whatever the locale of who packs.
  if (archive_write_set_format_gnutar(to) != ARCHIVE_OK ||
      archive_write_add_filter_zstd(to) != ARCHIVE_OK ||
      archive_write_set_filter_option(to, "zstd", "compression-level", "9") !=
          ARCHIVE_OK ||
      archive_write_open_fd(to, made->descriptor) != ARCHIVE_OK) {
    return made->failed();
  }
  return archive_writer(std::move(made));
}

result<> archive_writer::add_folder(const std::string& name) {
  return state_->add(name + "/", AE_IFDIR, 0755, {});
}

result<> archive_writer::add_file(const std::string& name,
                                  std::string_view bytes, bool executable) {
  return state_->add(name, AE_IFREG, executable ? 0755 : 0644, bytes);
}

result<> archive_writer::finish() {
  if (archive_write_close(state_->to.get()) != ARCHIVE_OK) {
    return state_->failed();
  }
  if (::fsync(state_->descriptor) != 0) {
    return system_failure(errno, "fsync", state_->temporary);
  }
  real_file_system files;
  INSTAR_TRY(files.rename(state_->temporary, state_->output));
  state_->finished = true;
  const auto folder = state_->output.parent_path();
  return files.sync(folder.empty() ? path(".") : folder);
}

}  // namespace instar::release_handler
