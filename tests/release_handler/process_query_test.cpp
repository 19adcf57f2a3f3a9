#include "release_handler/process_query.hpp"

#include "tests/support/result.hpp"

#include <doctest/doctest.h>

namespace instar::release_handler::test {
namespace {

using query_map = std::map<std::string, std::string>;

std::string why(const query_map& query) {
  const auto read = read_process_query(query);
  return read ? "" : read.error().message();
}

process_row row(std::uint32_t index, const std::string& name,
                std::uint64_t mailbox) {
  process_row made;
  made.process = {index, 1};
  made.name = name;
  made.module = "m";
  made.mailbox = mailbox;
  return made;
}

/// The rows' indices in order.
std::string sorted(const query_map& query) {
  auto read = read_process_query(query);
  REQUIRE(read);
  std::vector<process_row> rows = {row(4, "c", 2), row(1, "", 9),
                                   row(3, "a", 2), row(2, "b", 0)};
  sort_and_cut(*read, rows);
  std::string order;
  for (const auto& one : rows)
    order += std::to_string(one.process.index);
  return order;
}

}  // namespace

TEST_SUITE("release_handler/process_query") {
  TEST_CASE("without parameters all are wanted up to a limit") {
    const auto read = read_process_query({});
    REQUIRE(read);
    CHECK(read->limit == 10'000);
    CHECK(read->order == process_order::pid);
    CHECK_FALSE(read->asks_all());
    CHECK(sorted({}) == "1234");
  }

  TEST_CASE("what is wrong with a parameter is said") {
    CHECK(why({{"sort", "size"}}) ==
          "\"sort\" must be pid, name, behaviour, module, vsn, status "
          "or mailbox, not \"size\"");
    CHECK(why({{"limit", "0"}}) ==
          "\"limit\" must be a number from 1 to 4194304, not \"0\"");
    CHECK(why({{"limit", "10x"}}) ==
          "\"limit\" must be a number from 1 to 4194304, not \"10x\"");
    CHECK(why({{"min_mailbox", "-1"}}) ==
          "\"min_mailbox\" must be a number from 0 on, not \"-1\"");
    CHECK(why({{"reverse", "1"}}) ==
          "\"reverse\" must be true or false, not \"1\"");
    CHECK(why({{"status", "asleep"}}) ==
          "\"status\" must be running, suspended or timeout, not "
          "\"asleep\"");
    CHECK(why({{"modul", "x"}}) ==
          "unknown parameter \"modul\" (did you mean \"module\"?)");
  }

  TEST_CASE("mailboxes are sorted from the longest and texts from a") {
    CHECK(sorted({{"sort", "mailbox"}}) == "1342");
    CHECK(sorted({{"sort", "mailbox"}, {"reverse", ""}}) == "2431");
    CHECK(sorted({{"sort", "name"}}) == "3241");
    CHECK(sorted({{"sort", "name"}, {"reverse", "true"}}) == "1423");
    CHECK(sorted({{"sort", "mailbox"}, {"limit", "2"}}) == "13");
    CHECK(sorted({{"reverse", "false"}, {"limit", "4"}}) == "1234");
  }

  TEST_CASE("a process fits by its name and module and mailbox") {
    const auto fits_it = [](const query_map& query) {
      const auto read = read_process_query(query);
      REQUIRE(read);
      return fits(*read, row(1, "kv_shard_3", 5));
    };
    CHECK(fits_it({}));
    CHECK(fits_it({{"name", "kv_*_3"}}));
    CHECK_FALSE(fits_it({{"name", "kv_*_4"}}));
    CHECK(fits_it({{"module", "m"}}));
    CHECK_FALSE(fits_it({{"module", "n"}}));
    CHECK(fits_it({{"min_mailbox", "5"}}));
    CHECK_FALSE(fits_it({{"min_mailbox", "6"}}));
    CHECK_FALSE(fits_it({{"status", "running"}}));
    CHECK_FALSE(fits_it({{"behaviour", "gen_server"}}));
  }

  TEST_CASE("only what cannot be seen from outside has all processes asked") {
    const auto asks = [](const query_map& query) {
      return read_process_query(query).value().asks_all();
    };
    CHECK_FALSE(asks({{"sort", "mailbox"}, {"module", "m"}, {"name", "n"}}));
    CHECK(asks({{"sort", "status"}}));
    CHECK(asks({{"sort", "vsn"}}));
    CHECK(asks({{"status", "suspended"}}));
    CHECK(asks({{"behaviour", "gen_server"}}));
  }
}

}  // namespace instar::release_handler::test
