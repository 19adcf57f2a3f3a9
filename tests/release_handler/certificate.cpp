#include "tests/release_handler/certificate.hpp"

#include <doctest/doctest.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>

namespace instar::release_handler::test {

void put_certificate(const path& certificate, const path& key) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> pair(EVP_EC_gen("P-256"),
                                                            &EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> made(X509_new(), &X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), pair.get());
  auto* name = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("a test"),
                             -1, -1, 0);
  X509_set_issuer_name(made.get(), name);
  const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> host(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name,
                          "IP:127.0.0.1"),
      &X509_EXTENSION_free);
  X509_add_ext(made.get(), host.get(), -1);
  REQUIRE(X509_sign(made.get(), pair.get(), EVP_sha256()) > 0);
  std::FILE* to = std::fopen(certificate.c_str(), "w");
  REQUIRE(to != nullptr);
  CHECK(PEM_write_X509(to, made.get()) == 1);
  std::fclose(to);
  to = std::fopen(key.c_str(), "w");
  REQUIRE(to != nullptr);
  CHECK(PEM_write_PrivateKey(to, pair.get(), nullptr, nullptr, 0, nullptr,
                             nullptr) == 1);
  std::fclose(to);
}

}  // namespace instar::release_handler::test
