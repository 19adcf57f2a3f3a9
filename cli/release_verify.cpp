#include "cli/arguments.hpp"
#include "cli/text.hpp"
#include "cli/verbs.hpp"
#include "release_handler/package_signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace instar::cli {
namespace {

namespace minisign = release_handler::minisign;

struct arguments {
  std::string package;
  std::vector<std::string> keys;
};

/// The line itself, or a file with it.
result<minisign::public_key> find_key(file_system& files,
                                      const std::string& given) {
  if (files.kind(given) == file_kind::missing) {
    auto key = minisign::read_public_key(given);
    if (!key) {
      return failure(key.error().code,
                     fmt::format("--key {}: no such file, and {}", given,
                                 key.error().message()));
    }
    return key;
  }
  INSTAR_TRY_ASSIGN(const auto text,
                    files.read(given, minisign::signature_limit_bytes));
  auto key = minisign::read_public_key(text);
  if (!key)
    return failure(key.error().code, given + ": " + key.error().message());
  return key;
}

result<release_handler::good_signature> verify(const arguments& given) {
  real_file_system files;
  std::vector<minisign::public_key> keys;
  for (const auto& one : given.keys) {
    INSTAR_TRY_ASSIGN(auto key, find_key(files, one));
    keys.push_back(key);
  }
  INSTAR_TRY_ASSIGN(auto package,
                    release_handler::package_file::open(given.package));
  return release_handler::verify_package(files, package, keys);
}

exit_code run(const session& with, const arguments& given) {
  const auto good = verify(given);
  if (!good)
    return report(with, good.error());
  const auto id = minisign::to_text(good->by.id);
  if (with.json) {
    print_json(boost::json::object{
        {"ok", true}, {"key", id}, {"trusted_comment", good->trusted_comment}});
  } else {
    // Its parts are parted by tabs, which a terminal need not show.
    auto comment = good->trusted_comment;
    std::replace(comment.begin(), comment.end(), '\t', ' ');
    print(fmt::format("{}: signed by key {}\ntrusted comment: {}\n",
                      printable(given.package), id, printable(comment)));
  }
  return exit_code::done;
}

}  // namespace

void add_release_verify(CLI::App& parent, session& with) {
  auto& verb = add_verb(
      parent, "verify", "Checks a package's signature, PACKAGE.minisig",
      "instar release verify kv-1.1.tar.zst --key releases.pub");
  const auto given = std::make_shared<arguments>();
  verb.add_option("PACKAGE", given->package, "The .tar.zst")->required();
  verb.add_option("--key", given->keys,
                  "A public key, RW..., or the file with it; may be repeated")
      ->required()
      ->allow_extra_args(false);
  on(verb, with, [&with, given] { return run(with, *given); });
}

}  // namespace instar::cli
