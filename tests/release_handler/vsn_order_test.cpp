#include "release_handler/vsn_order.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string_view>
#include <vector>

namespace instar::release_handler {

TEST_SUITE("release_handler/vsn_order") {
  TEST_CASE("versions in the order that dpkg gives them") {
    const std::vector<std::string_view> ordered = {"0~~",
                                                   "0~",
                                                   "0",
                                                   "1.0~beta1~1",
                                                   "1.0~beta1",
                                                   "1.0~rc1",
                                                   "1.0",
                                                   "1.0a",
                                                   "1.0a1",
                                                   "1.0+git2",
                                                   "1.0-1",
                                                   "1.0.1",
                                                   "1.1",
                                                   "1.9",
                                                   "1.9.9",
                                                   "1.10",
                                                   "1.10-2",
                                                   "2",
                                                   "2a",
                                                   "2b",
                                                   "2.0",
                                                   "10",
                                                   "2024-01-01",
                                                   "2024-01-02",
                                                   "2024-10-01",
                                                   "99999999999999999999999",
                                                   "100000000000000000000000",
                                                   "A",
                                                   "R15B",
                                                   "R15B_03",
                                                   "R16"};
    for (std::size_t i = 0; i < ordered.size(); ++i) {
      for (std::size_t j = 0; j < ordered.size(); ++j) {
        CAPTURE(ordered[i]);
        CAPTURE(ordered[j]);
        const int got = compare_vsn(ordered[i], ordered[j]);
        CHECK((got < 0) == (i < j));
        CHECK((got > 0) == (i > j));
      }
    }
  }

  TEST_CASE("numbers are equal whatever zeros they begin with") {
    CHECK(compare_vsn("1.01", "1.1") == 0);
    CHECK(compare_vsn("1.0", "1.") == 0);
    CHECK(compare_vsn("007", "7") == 0);
  }
}

}  // namespace instar::release_handler
