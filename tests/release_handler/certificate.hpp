// A certificate that signs itself, for tests of TLS.
#pragma once

#include "base/file_system.hpp"

#include <string>

namespace instar::release_handler::test {

/// Writes `certificate` and `key` in PEM, for the address 127.0.0.1.
void put_certificate(const path& certificate, const path& key);

}  // namespace instar::release_handler::test
