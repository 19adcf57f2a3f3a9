#include "release_handler/tls_certificate.hpp"

#include "tests/release_handler/certificate.hpp"
#include "tests/release_handler/support.hpp"
#include "tests/support/result.hpp"

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace instar::release_handler {
namespace {

namespace fs = boost::filesystem;

struct certificate_files {
  test::temporary_folder folder;
  path certificate = folder.where() / "cert.pem";
  path key = folder.where() / "key.pem";
  path next_certificate = folder.where() / "next_cert.pem";
  path next_key = folder.where() / "next_key.pem";
  std::vector<std::string> told;
  std::unique_ptr<tls_certificate> served;

  certificate_files() {
    test::put_certificate(certificate, key);
    test::put_certificate(next_certificate, next_key);
    served = tls_certificate::open(certificate, key, [this](const auto& text) {
               told.push_back(text);
             }).value();
  }
};

}  // namespace

TEST_SUITE("release_handler/tls_certificate") {
  TEST_CASE("a certificate that was replaced is loaded once") {
    certificate_files at;
    const auto first = at.served->current();
    CHECK(at.served->current() == first);
    fs::rename(at.next_certificate, at.certificate);
    fs::rename(at.next_key, at.key);
    const auto second = at.served->current();
    CHECK(second != first);
    CHECK(at.served->current() == second);
    CHECK(at.told == std::vector<std::string>{
                         "new connections get the certificate that is now in " +
                         at.certificate.string()});
  }

  TEST_CASE("between certificate and key the old pair is served") {
    certificate_files at;
    const auto first = at.served->current();
    fs::rename(at.next_certificate, at.certificate);
    CHECK(at.served->current() == first);
    CHECK(at.served->current() == first);
    REQUIRE(at.told.size() == 1);
    CHECK(at.told[0].starts_with("listen: key " + at.key.string() + ": "));
    CHECK(at.told[0].ends_with("; the certificate stays what it was"));
    fs::rename(at.next_key, at.key);
    CHECK(at.served->current() != first);
    CHECK(at.told.size() == 2);
  }

  TEST_CASE("a certificate that is gone stays what it was") {
    certificate_files at;
    const auto first = at.served->current();
    fs::remove(at.certificate);
    CHECK(at.served->current() == first);
    CHECK(at.told.size() == 1);
    CHECK_FALSE(tls_certificate::open(at.certificate, at.key));
  }
}

}  // namespace instar::release_handler
