// What messages and processes cost while nothing is upgraded.
#pragma once

#include <cstddef>
#include <string>

namespace instar::bench {

/// One measurement, in this process and at once, in the unit of its name:
///
///   call, call_timeout   a round trip, without a timeout and with one, ns
///   pairs                n pairs at once, with timeouts, ns for each call
///   cast                 from one to one, ns
///   fanin                from n to one, ns
///   ring                 n processes pass a token on, ns for each hop
///   spawn                n processes with a state of 8 bytes, ns for each
///   bytes                memory of each of them while it is idle
///   cold                 a cast to each of n, ns
///
/// Throws std::invalid_argument where there is no such name.
double measure_steady(const std::string& name, std::size_t n,
                      std::size_t workers);

}  // namespace instar::bench
