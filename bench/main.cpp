// `./dev bench [PROCESSES...]`: measures, prints a table, and writes build/bench.json.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "bench/measure.hpp"
#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>
#include <vector>

namespace {

using instar::bench::figure;

void print(const figure& one) {
  fmt::print("{:<34} {:>9} {:>14.1f} {}\n", one.name, one.n, one.value,
             one.unit);
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
  try {
    std::vector<std::size_t> sizes;
    for (int i = 1; i < count; ++i) {
      const auto n = std::strtoull(arguments[i], nullptr, 10);
      if (n == 0) {
        fmt::print(stderr, "usage: instar-bench [PROCESSES...]\n");
        return 2;
      }
      sizes.push_back(n);
    }
    if (sizes.empty())
      sizes = {1, 100, 10'000, 100'000, 1'000'000};
    fmt::print("{:<34} {:>9} {:>14}\n", "what", "n", "median");
    boost::json::array rows;
    const auto note = [&](const std::vector<figure>& figures) {
      for (const auto& one : figures) {
        print(one);
        rows.push_back(boost::json::object{{"name", one.name},
                                           {"n", one.n},
                                           {"ours", one.value},
                                           {"unit", one.unit}});
      }
    };
    for (const std::size_t workers : {1, 2}) {
      note(instar::bench::measure_messages(workers));
    }
    for (const auto n : sizes)
      note(instar::bench::measure_upgrade(n));
    std::ofstream("build/bench.json") << boost::json::serialize(rows) << "\n";
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "instar-bench: {}\n", error.what());
    return 1;
  }
}
