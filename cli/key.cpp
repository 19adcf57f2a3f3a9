// `instar key make`: a key pair for signing packages, as `minisign -G` makes it.
#include "base/file_system.hpp"
#include "cli/arguments.hpp"
#include "cli/errors.hpp"
#include "cli/password.hpp"
#include "cli/verbs.hpp"
#include "release_handler/minisign_secret.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <string>

namespace instar::cli {
namespace {

namespace minisign = release_handler::minisign;

struct arguments {
  std::string name;
  std::string password_file;
  bool has_password = true;
};

/// A new file that only its owner can read.
result<> write_secret(const std::string& file, const std::string& text) {
  const int out =
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  bool is_written = out >= 0 && ::write(out, text.data(), text.size()) ==
                                    static_cast<ssize_t>(text.size());
  int why = errno;
  if (out >= 0 && (::fsync(out) != 0 || ::close(out) != 0)) {
    is_written = false;
    why = errno;
  }
  if (is_written)
    return {};
  if (why == EEXIST) {
    return failure(errc::file_exists,
                   file +
                       ": it is there already, and who loses a secret key "
                       "cannot get it back: take another name");
  }
  const boost::system::error_code code(why, boost::system::system_category());
  return failure(code, file + ": " + code.message());
}

result<minisign::public_key> make(const arguments& given) {
  std::optional<std::string> password;
  if (given.has_password) {
    INSTAR_TRY_ASSIGN(
        password,
        read_password(given.password_file, "Password for the new key", true));
  }
  const auto key = minisign::make_secret_key();
  INSTAR_TRY_ASSIGN(const auto text, minisign::write_secret_key(key, password));
  INSTAR_TRY(write_secret(given.name + ".key", text));
  real_file_system files;
  INSTAR_TRY(replace_file(files, given.name + ".pub",
                          minisign::write_public_key(key.to_public())));
  return key.to_public();
}

exit_code run(const session& with, const arguments& given) {
  const auto key = make(given);
  if (!key)
    return report(with, key.error());
  if (with.json) {
    print_json(boost::json::object{{"ok", true},
                                   {"secret", given.name + ".key"},
                                   {"public", given.name + ".pub"},
                                   {"key", minisign::to_text(*key)}});
  } else {
    print(
        fmt::format("{0}.key signs packages; keep it secret\n"
                    "{0}.pub is what nodes trust, in instar.yaml:\n"
                    "trusted_keys: [{1}]\n",
                    given.name, minisign::to_text(*key)));
  }
  return exit_code::done;
}

}  // namespace

void add_key(CLI::App& root, session& with) {
  auto& group = add_group(root, "key", "Keys that sign packages");
  auto& verb = add_verb(group, "make",
                        "Makes a key pair, NAME.key and NAME.pub, in "
                        "minisign's format",
                        "instar key make releases");
  const auto given = std::make_shared<arguments>();
  verb.add_option("NAME", given->name,
                  "The files' name, with a path or without")
      ->required();
  verb.add_option("--password-file", given->password_file,
                  "Its first line is the key's password");
  verb.add_flag("!--no-password", given->has_password,
                "The file itself is all that is needed to sign");
  on(verb, with, [&with, given] { return run(with, *given); });
}

}  // namespace instar::cli
