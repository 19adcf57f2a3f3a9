#include "release_handler/errors.hpp"
#include "release_handler/manifest.hpp"
#include "release_handler/minisign_secret.hpp"
#include "release_handler/package.hpp"
#include "release_handler/vsn_order.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/promises.hpp"

#include <boost/filesystem/operations.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace instar::test {
namespace {

namespace fs = boost::filesystem;
using namespace release_handler;

constexpr std::size_t block = 512;

void check_told(const failure& why) {
  promise(!why.message().empty() && !why.tag().empty(),
          "an error says nothing");
}

void try_keys(std::string_view text) {
  if (const auto made = minisign::read_signature(text)) {
    const auto again =
        minisign::read_signature(minisign::write_signature(*made, "again"));
    promise(again && again->of_file == made->of_file && again->id == made->id &&
                again->of_comment == made->of_comment &&
                again->trusted_comment == made->trusted_comment &&
                again->is_of_hash == made->is_of_hash,
            "a signature changes when it is written and read");
    promise(!minisign::verify(*made, {}, {}), "a signature by no key is good");
  } else {
    promise(made.error().code == errc::bad_signature_file, "another tag");
  }
  if (const auto key = minisign::read_public_key(text)) {
    promise(minisign::read_public_key(minisign::to_text(*key)).value() == *key,
            "a key changes when it is written and read");
  }
  const auto no_password = [] {
    return result<std::string>(failure(errc::wrong_password, "none"));
  };
  if (const auto key = minisign::read_secret_key(text, no_password))
    static_cast<void>(minisign::write_secret_key(*key, {}).value());
  const auto middle = text.size() / 2;
  const int order = compare_vsn(text.substr(0, middle), text.substr(middle));
  const int other = compare_vsn(text.substr(middle), text.substr(0, middle));
  promise((order < 0) == (other > 0) && (order == 0) == (other == 0),
          "two versions are each before the other");
}

void try_manifest(std::string_view text) {
  const auto listed = read_manifest(text, {});
  if (!listed)
    return check_told(listed.error());
  const auto again = read_manifest(write_manifest(*listed), {});
  promise(again && *again == *listed,
          "a MANIFEST changes when it is written and read");
}

// Makes the checksums of a tar's headers right, so that its reader goes on.
void repair(std::string& tar) {
  for (std::size_t at = 0; at + block <= tar.size();) {
    auto* header = &tar[at];
    std::fill_n(header + 148, 8, ' ');
    unsigned sum = 0;
    for (std::size_t i = 0; i < block; ++i)
      sum += static_cast<unsigned char>(header[i]);
    if (sum == 8 * ' ') {  // an empty one, the end
      std::fill_n(header + 148, 8, '\0');
      return;
    }
    const auto digits = fmt::format("{:06o}", sum);
    std::copy(digits.begin(), digits.end(), header + 148);
    header[154] = '\0';
    const std::string size(header + 124, 12);
    const auto length = std::strtoull(size.c_str(), nullptr, 8);
    at += block + std::min<std::size_t>((length + block - 1) / block * block,
                                        tar.size());
  }
}

// Where archives are extracted: in memory, where the machine has that.
class scratch {
public:
  scratch() {
    const path memory = "/dev/shm";
    where = (fs::is_directory(memory) ? memory : fs::temp_directory_path()) /
            fs::unique_path("instar-fuzz-%%%%%%%%");
    fs::create_directories(where / "lib");
  }
  scratch(const scratch&) = delete;
  ~scratch() { fs::remove_all(where); }

  path where;
};

void try_archive(std::string_view bytes) {
  static const scratch at;
  real_file_system files;
  const auto package = at.where / "p.tar.zst";
  const auto staging = at.where / "staging";
  promise(files.write(package, bytes).has_value(), "a file is written");
  package_rules rules;
  rules.limits = {1U << 16U, 1U << 18U, 64, 8, 200};
  const auto staged =
      stage_package(files, package, staging, at.where / "lib", rules);
  promise(files.list(at.where)->size() == (staged ? 3 : 2),
          "something is where nothing should be");
  if (!staged)
    return check_told(staged.error());
  promise(contents_of(files, staging, rules.limits).has_value(),
          "what was staged is over its limits");
  promise(files.remove_all(staging).has_value(), "a folder is removed");
}

}  // namespace

void try_packages(std::string_view bytes) {
  const auto line = bytes.substr(0, bytes.find('\n'));
  const auto rest = bytes.substr(std::min(line.size() + 1, bytes.size()));
  if (line == "keys") {
    try_keys(rest);
  } else if (line == "manifest") {
    try_manifest(rest);
  } else if (line == "tar") {
    std::string tar(rest);
    repair(tar);
    try_archive(tar);
  } else {
    try_archive(bytes);
  }
}

}  // namespace instar::test
