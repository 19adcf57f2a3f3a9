// What a node refuses to unpack: each with its tag and text, and afterwards the
// node's folder is as it was.
#include "release_handler/errors.hpp"
#include "release_handler/manifest.hpp"
#include "release_handler/pack.hpp"
#include "release_handler/package_signature.hpp"
#include "release_handler/release_store.hpp"
#include "tests/release_handler/support.hpp"
#include "tests/support/result.hpp"

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace instar::release_handler {
namespace {

namespace fs = boost::filesystem;
constexpr std::uint64_t limit = 64U << 20U;

std::string without(std::string text, const std::string& what) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what))
    text.erase(at, what.size());
  return text;
}

// A node that runs release 1, trusts one key, and takes signed packages only;
// and a right package of release 2, signed by that key.
class fixture {
public:
  fixture() : key_(minisign::make_secret_key()) {
    test::put_release(files, at() / "one", {"1", {{"a", "1"}}});
    test::put_release(files, at() / "two", {"2", {{"a", "2"}}});
    REQUIRE(release_store::create(files, node(), at() / "one"));
    rules.trusted_keys = {key_.to_public()};
    rules.allow_unsigned = false;
    pack_options options;
    options.release_file = at() / "two/releases/2/release.yaml";
    options.lib_folders = {at() / "two/lib"};
    options.output = package();
    REQUIRE(pack_release(files, options));
    sign();
    before_ = test::tree_of(files, node());
  }

  path at() const { return folder_.where(); }
  path node() const { return at() / "node"; }
  path package() const { return at() / "p.tar.zst"; }
  std::string key_name() const { return minisign::to_text(key_.id); }

  void sign() { sign_with(key_); }
  void sign_with(const minisign::secret_key& key) {
    REQUIRE(sign_package(files, package(), key, 1'700'000'000));
  }

  // Puts a signed package together from these entries and a MANIFEST of them.
  void pack(std::vector<test::entry> entries) {
    std::string manifest;
    for (const auto& one : entries) {
      if (one.kind == 'f')
        manifest += sha256(one.bytes) + "  " + one.name + "\n";
    }
    entries.push_back({"MANIFEST", manifest});
    test::put_archive(package(), entries);
    sign();
  }
  // The entries of the right package, MANIFEST too.
  std::vector<test::entry> entries() {
    const auto right = at() / "right";
    if (files.kind(right) == file_kind::missing) {
      REQUIRE(files.make_folders(right));
      for (const auto* part : {"lib", "releases"})
        copy(at() / "two" / part, right / part);
      test::put_manifest(files, right);
    }
    return test::entries_of(files, right);
  }
  void put_signed(const std::vector<test::entry>& entries) {
    test::put_archive(package(), entries);
    sign();
  }

  result<std::string> unpack() {
    auto store = release_store::open(files, node());
    REQUIRE(store);
    return store->unpack_release(package(), rules);
  }

  // `TAG: TEXT`, and nothing of the package is on the node.
  std::string refusal() {
    const auto got = unpack();
    REQUIRE_FALSE(got);
    CHECK(test::tree_of(files, node()) == before_);
    return got.error().tag() + ": " +
           without(got.error().message(), at().string() + "/");
  }

  real_file_system files;
  package_rules rules;

private:
  void copy(const path& from, const path& to) {
    REQUIRE(files.make_folders(to));
    for (const auto& [name, bytes] : test::tree_of(files, from)) {
      if (name.ends_with('/')) {
        REQUIRE(files.make_folders(to / name));
      } else {
        REQUIRE(files.make_folders((to / name).parent_path()));
        REQUIRE(files.write(to / name, bytes));
      }
    }
  }

  test::temporary_folder folder_;
  minisign::secret_key key_;
  std::map<std::string, std::string> before_;
};

}  // namespace

TEST_SUITE("release_handler/package_refusal") {
  TEST_CASE("a package signed by a trusted key is unpacked") {
    fixture one;
    CHECK(one.unpack().value() == "2");
    const auto store = release_store::open(one.files, one.node());
    CHECK(store->which_releases().size() == 2);
  }

  TEST_CASE("a package without a signature") {
    fixture one;
    REQUIRE(one.files.remove(signature_file_of(one.package())));
    CHECK(one.refusal() ==
          "unsigned_package: p.tar.zst has no signature, p.tar.zst.minisig is "
          "not there: sign it (`instar release pack --sign`, or minisign), or "
          "have the node take unsigned packages (allow_unsigned in its "
          "instar.yaml)");
    one.rules.allow_unsigned = true;
    CHECK(one.unpack());
  }

  TEST_CASE("a folder") {
    fixture one;
    auto store = release_store::open(one.files, one.node());
    REQUIRE(store);
    const auto got = store->unpack_release(one.at() / "two", one.rules);
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::unsigned_package);
    CHECK(got.error().message() ==
          (one.at() / "two").string() +
              " is a folder, which has no signature: pack it (`instar release "
              "pack --sign`), or have the node take unsigned packages "
              "(allow_unsigned in its instar.yaml)");
  }

  TEST_CASE("a key that is not trusted also where unsigned is allowed") {
    fixture one;
    auto other = minisign::make_secret_key();
    other.id = {1, 2, 3, 4, 5, 6, 7, 8};
    one.sign_with(other);
    const auto why =
        "unknown_key: p.tar.zst is signed by key 0807060504030201, which is "
        "not trusted: " +
        one.key_name() + " would be";
    CHECK(one.refusal() == why);
    one.rules.allow_unsigned = true;
    CHECK(one.refusal() == why);
    one.rules.allow_unsigned = false;
    one.rules.trusted_keys.clear();
    CHECK(one.refusal() ==
          "unknown_key: p.tar.zst is signed by key 0807060504030201, which is "
          "not trusted: no key is");
    // Nobody is trusted, so no signature means anything.
    one.rules.allow_unsigned = true;
    CHECK(one.unpack());
  }

  TEST_CASE("bytes that changed after they were signed") {
    fixture one;
    auto bytes = one.files.read(one.package(), limit).value();
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    REQUIRE(one.files.write(one.package(), bytes));
    const auto why = "bad_signature: p.tar.zst: the signature by key " +
                     one.key_name() +
                     " is not of these bytes: the file was changed after it "
                     "was signed, or the signature is of another file";
    CHECK(one.refusal() == why);
    one.rules.allow_unsigned = true;
    CHECK(one.refusal() == why);
    // Cut off.
    REQUIRE(one.files.write(one.package(), bytes.substr(0, 100)));
    CHECK(one.refusal() == why);
  }

  TEST_CASE("a signature file that is cut off or whose comment changed") {
    fixture one;
    const auto file = signature_file_of(one.package());
    const auto text = one.files.read(file, limit).value();
    auto other = text;
    other.replace(other.find("1700000000"), 10, "1900000000");
    REQUIRE(one.files.write(file, other));
    CHECK(one.refusal() ==
          "bad_signature: p.tar.zst: the trusted comment of the signature by "
          "key " +
              one.key_name() + " was changed after it was signed");
    REQUIRE(one.files.write(file, text.substr(0, text.size() - 20)));
    CHECK(one.refusal() ==
          "bad_signature_file: p.tar.zst.minisig: not a minisign signature: "
          "line 4 is not 64 bytes in base64");
  }

  TEST_CASE("a release below the floor") {
    fixture one;
    one.rules.floor = "2.1";
    CHECK(one.refusal() ==
          "below_floor: release \"2\" is below \"2.1\", the floor that the "
          "node's instar.yaml sets");
    one.rules.floor = "2";
    CHECK(one.unpack());
  }

  TEST_CASE("a signed package without MANIFEST") {
    fixture one;
    auto entries = one.entries();
    entries.erase(std::find_if(
        entries.begin(), entries.end(),
        [](const auto& entry) { return entry.name == "MANIFEST"; }));
    one.put_signed(entries);
    CHECK(one.refusal() ==
          "package_hash: a signed package has a MANIFEST, this one has none: "
          "pack it with `instar release pack`");
  }

  TEST_CASE("a file that is not in MANIFEST or differs from it or is missing") {
    fixture one;
    auto entries = one.entries();
    SUBCASE("not listed") {
      entries.push_back({"lib/a-2/extra", "x"});
      one.put_signed(entries);
      CHECK(one.refusal() ==
            "package_hash: the package's MANIFEST does not list lib/a-2/extra");
    }
    SUBCASE("other bytes") {
      for (auto& entry : entries) {
        if (entry.name == "lib/a-2/modules/a.so")
          entry.bytes += "!";
      }
      one.put_signed(entries);
      CHECK(one.refusal() ==
            "package_hash: the bytes of lib/a-2/modules/a.so differ from the "
            "package's MANIFEST");
    }
    SUBCASE("missing") {
      entries.erase(std::find_if(
          entries.begin(), entries.end(),
          [](const auto& entry) { return entry.name.ends_with("a.so"); }));
      one.put_signed(entries);
      CHECK(one.refusal() ==
            "package_hash: the package's MANIFEST lists lib/a-2/modules/a.so, "
            "which is not in the package");
    }
  }

  TEST_CASE("paths that leave the folder though they are signed") {
    fixture one;
    const std::pair<const char*, const char*> wrong[] = {
        {"../evil", "it leaves the package's folder"},
        {"lib/../../evil", "it leaves the package's folder"},
        {"/tmp/evil", "it is absolute"},
        {"lib//evil", "it has an empty part"},
        {"lib/./evil", "it has the part \".\""}};
    for (const auto& [name, why] : wrong) {
      CAPTURE(name);
      one.pack({{name, "bytes"}});
      CHECK(one.refusal() == std::string("package_path: the package holds the "
                                         "path \"") +
                                 name + "\": " + why);
    }
    CHECK_FALSE(fs::exists(one.at() / "evil"));
  }

  TEST_CASE("links and devices though they are signed") {
    fixture one;
    one.pack({{"lib", "", 'l', 0777, "/etc"}, {"lib/passwd", "x"}});
    CHECK(one.refusal() == "package_link: p.tar.zst: lib is a link");
    one.pack({{"lib/a", "x"}, {"lib/b", "", 'h', 0644, "lib/a"}});
    CHECK(one.refusal() == "package_link: p.tar.zst: lib/b is a link");
    one.pack({{"lib/null", "", 'c'}});
    CHECK(one.refusal() ==
          "package_device: p.tar.zst: lib/null is no file and no folder");
    one.pack({{"lib/pipe", "", 'p'}});
    CHECK(one.refusal() ==
          "package_device: p.tar.zst: lib/pipe is no file and no folder");
  }

  TEST_CASE("bombs of size and of count and of ratio though they are signed") {
    fixture one;
    one.rules.limits.entries = 3;
    one.pack({{"lib/a", "1"}, {"lib/b", "2"}, {"lib/c", "3"}});
    CHECK(one.refusal() ==
          "package_too_large: p.tar.zst: more files than the limits allow");
    one.rules.limits = {};
    one.rules.limits.file_bytes = 1000;
    one.pack({{"lib/a", std::string(1001, 'x')}});
    CHECK(one.refusal() ==
          "package_too_large: p.tar.zst: more bytes than the limits allow");
    one.rules.limits = {};
    one.pack({{"lib/a", std::string(80U << 20U, '\0')}});
    CHECK(one.refusal() ==
          "package_too_large: p.tar.zst: more bytes for so small a file than "
          "the limits allow");
    one.rules.limits.total_bytes = 1000;
    CHECK(one.refusal() ==
          "package_too_large: p.tar.zst: more bytes than the limits allow, "
          "packed already");
  }

  TEST_CASE("an archive that is cut off or none") {
    fixture one;
    const auto bytes = one.files.read(one.package(), limit).value();
    REQUIRE(one.files.write(one.package(), bytes.substr(0, bytes.size() / 2)));
    one.sign();
    CHECK(one.refusal() ==
          "bad_package: p.tar.zst: not a readable .tar.zst: Truncated zstd "
          "input");
    REQUIRE(one.files.write(one.package(), "no archive"));
    one.sign();
    CHECK(one.refusal() ==
          "bad_package: p.tar.zst: not a readable .tar.zst: Unrecognized "
          "archive format");
    REQUIRE(one.files.remove(one.package()));
    CHECK(one.refusal() == "no_such_file: p.tar.zst is not there");
    REQUIRE(::mkfifo(one.package().c_str(), 0600) == 0);
    CHECK(one.refusal() == "bad_package: p.tar.zst is not a file");
  }
}

}  // namespace instar::release_handler
