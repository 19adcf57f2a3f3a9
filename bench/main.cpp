// `./dev bench [relup | calls | PROCESSES...]`: measures, prints a table, and writes
// build/bench.json: a list of {name, n, ours, unit}, and where somebody else's
// figure was measured beside ours {peer, peer_name, ratio}; ratio is peer / ours.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "bench/measure.hpp"
#include "bench/relup.hpp"
#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>
#include <vector>

namespace {

using instar::bench::figure;

void print(const figure& one) {
  fmt::print("{:<34} {:>9} {:>14.1f} {:<5}", one.name, one.n, one.value,
             one.unit);
  if (one.peer) {
    fmt::print(" {:>6} {:>12.1f} {:>8.1f}", one.peer_name, *one.peer,
               *one.peer / one.value);
  }
  fmt::print("\n");
  std::fflush(stdout);
}

boost::json::object to_json(const figure& one) {
  boost::json::object row{{"name", one.name},
                          {"n", one.n},
                          {"ours", one.value},
                          {"unit", one.unit}};
  if (one.peer) {
    row["peer"] = *one.peer;
    row["peer_name"] = one.peer_name;
    row["ratio"] = *one.peer / one.value;
  }
  return row;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    std::vector<std::size_t> sizes;
    std::string only;
    if (count == 2 && (std::string(arguments[1]) == "relup" ||
                       std::string(arguments[1]) == "calls")) {
      only = arguments[1];
    }
    for (int i = 1; i < count && only.empty(); ++i) {
      const auto n = std::strtoull(arguments[i], nullptr, 10);
      if (n == 0) {
        fmt::print(stderr,
                   "usage: instar-bench [relup | calls | PROCESSES...]\n");
        return 2;
      }
      sizes.push_back(n);
    }
    if (sizes.empty())
      sizes = {1, 100, 10'000, 100'000, 1'000'000};
    fmt::print("{:<34} {:>9} {:>14} {:<5} {:>6} {:>12} {:>8}\n", "what", "n",
               "median", "", "peer", "its", "ratio");
    boost::json::array rows;
    const auto note = [&](const std::vector<figure>& figures) {
      for (const auto& one : figures) {
        print(one);
        rows.push_back(to_json(one));
      }
    };
    if (only != "calls") {
      for (const std::size_t applications : {100, 200})
        note({instar::bench::measure_relup(applications)});
    }
    if (only != "relup") {
      note(instar::bench::measure_calls());
      note(instar::bench::measure_debugging());
    }
    if (only.empty()) {
      for (const std::size_t workers : {1, 2})
        note(instar::bench::measure_messages(workers));
      for (const auto n : sizes)
        note(instar::bench::measure_upgrade(n));
    }
    std::ofstream("build/bench.json") << boost::json::serialize(rows) << "\n";
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "instar-bench: {}\n", error.what());
    return 1;
  }
}
