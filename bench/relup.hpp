// What it costs to compile a relup, ours and OTP's.
#pragma once

#include "bench/measure.hpp"

#include <cstddef>

namespace instar::bench {

/// A release of n applications with 50 modules each, all updated, from manifests
/// on disk to instructions, up and down. Beside it OTP's systools:make_relup
/// where erl is installed, which is not waited for by anything else.
figure measure_relup(std::size_t n);

}  // namespace instar::bench
