// A strict reader of Prometheus's text format, for the tests of /metrics.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace instar::release_handler::test {

/// Each sample, `name{label="..."}` as it was written, with its number. Throws
/// std::runtime_error at the first line that breaks the format: a sample without
/// its family's HELP and TYPE right before it, a family or a sample twice, a name
/// or label that is none, a number that is none, a histogram whose buckets fall
/// or lack +Inf, or whose count differs from it, a last line without an end.
std::map<std::string, double> read_exposition(std::string_view text);

}  // namespace instar::release_handler::test
