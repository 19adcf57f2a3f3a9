// `./dev bench [relup | calls | children [N...] | PROCESSES...]`: measures, prints a table, and writes
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
    int first_size = 1;
    if (count >= 2) {
      const std::string what = arguments[1];
      if (what == "children" ||
          (count == 2 && (what == "relup" || what == "calls"))) {
        only = what;
        first_size = 2;
      }
    }
    for (int i = first_size; i < count; ++i) {
      const auto n = std::strtoull(arguments[i], nullptr, 10);
      if (n == 0) {
        fmt::print(stderr,
                   "usage: instar-bench [relup | calls | children [N...] | "
                   "PROCESSES...]\n");
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
    if (only.empty() || only == "relup") {
      for (const std::size_t applications : {100, 200})
        note({instar::bench::measure_relup(applications)});
    }
    if (only.empty() || only == "calls") {
      note(instar::bench::measure_calls());
      note(instar::bench::measure_debugging());
    }
    if (only.empty()) {
      for (const std::size_t workers : {1, 2})
        note(instar::bench::measure_messages(workers));
      for (const auto n : sizes)
        note(instar::bench::measure_upgrade(n));
    }
    if (only.empty() || only == "children") {
      for (const auto n : sizes) {
        if (n >= 10'000 || only == "children")
          note(instar::bench::measure_children(n));
      }
    }
    std::ofstream("build/bench.json") << boost::json::serialize(rows) << "\n";
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "instar-bench: {}\n", error.what());
    return 1;
  }
}
