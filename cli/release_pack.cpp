#include "cli/arguments.hpp"
#include "cli/password.hpp"
#include "cli/verbs.hpp"
#include "release_handler/pack.hpp"
#include "release_handler/package_signature.hpp"

#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace instar::cli {
namespace {

namespace minisign = release_handler::minisign;

struct arguments {
  std::string release;
  std::vector<std::string> paths;
  std::string runtime;
  std::string output;
  std::string secret_key;
  std::string password_file;
};

/// Now, or what a reproducible build says instead.
std::int64_t signing_time() {
  const char* fixed = std::getenv("SOURCE_DATE_EPOCH");
  return fixed != nullptr ? std::strtoll(fixed, nullptr, 10)
                          : static_cast<std::int64_t>(std::time(nullptr));
}

result<minisign::secret_key> read_key(file_system& files,
                                      const arguments& given) {
  INSTAR_TRY_ASSIGN(
      const auto text,
      files.read(given.secret_key, minisign::signature_limit_bytes));
  auto key = minisign::read_secret_key(text, [&] {
    return read_password(given.password_file, "Password of " + given.secret_key,
                         false);
  });
  if (!key) {
    return failure(key.error().code,
                   given.secret_key + ": " + key.error().message());
  }
  return key;
}

result<> pack_and_sign(const arguments& given,
                       const release_handler::pack_options& options) {
  real_file_system files;
  // Before the work: its password may be wrong.
  std::optional<minisign::secret_key> key;
  if (!given.secret_key.empty()) {
    INSTAR_TRY_ASSIGN(key, read_key(files, given));
  }
  INSTAR_TRY(release_handler::pack_release(files, options));
  if (!key)
    return {};
  return release_handler::sign_package(files, options.output, *key,
                                       signing_time());
}

exit_code pack(const session& with, const arguments& given) {
  release_handler::pack_options options;
  options.release_file = given.release;
  options.lib_folders.assign(given.paths.begin(), given.paths.end());
  if (!given.runtime.empty())
    options.runtime_folder = given.runtime;
  options.output = given.output;
  const auto packed = pack_and_sign(given, options);
  if (!packed)
    return report(with, packed.error());
  if (with.json) {
    boost::json::object made{{"ok", true}, {"output", given.output}};
    if (!given.secret_key.empty())
      made["signature"] = given.output + ".minisig";
    print_json(made);
  } else if (given.secret_key.empty()) {
    print("packed " + given.output + '\n');
  } else {
    print("packed " + given.output + ", signed in " + given.output +
          ".minisig\n");
  }
  return exit_code::done;
}

}  // namespace

void add_release_pack(CLI::App& parent, session& with) {
  auto& verb = add_verb(
      parent, "pack", "Packs a release with its applications as a .tar.zst",
      "instar release pack releases/1.1/release.yaml --path lib \\\n"
      "    --output kv-1.1.tar.zst --sign releases.key");
  const auto given = std::make_shared<arguments>();
  verb.add_option("RELEASE", given->release, "The release.yaml")->required();
  verb.add_option("--path", given->paths,
                  "A folder of APP-VSN folders; may be repeated")
      ->required()
      ->allow_extra_args(false);
  verb.add_option("--runtime", given->runtime,
                  "The release's own runtime, to be packed too");
  verb.add_option("--output", given->output, "The package to write")
      ->required();
  verb.add_option("--sign", given->secret_key,
                  "A secret key, of `instar key make` or minisign: writes "
                  "OUTPUT.minisig too");
  verb.add_option("--password-file", given->password_file,
                  "Its first line is the key's password; else the variable " +
                      std::string(password_variable) + " or the terminal");
  on(verb, with, [&with, given] { return pack(with, *given); });
}

}  // namespace instar::cli
