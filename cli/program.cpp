#include "cli/program.hpp"

#include <boost/filesystem/operations.hpp>

#include <errno.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace instar::cli {
namespace {

constexpr const char* first_program_variable = "INSTAR_FIRST_PROGRAM";
constexpr const char* self = "/proc/self/exe";
constexpr std::string_view deleted = " (deleted)";

}  // namespace

path this_program() {
  boost::system::error_code error;
  auto name = boost::filesystem::read_symlink(self, error).string();
  if (error)
    return self;
  if (name.ends_with(deleted)) {
    name.resize(name.size() - deleted.size());
    // Gone, and nothing in its place: what runs can still be started.
    if (!boost::filesystem::exists(name, error))
      return self;
  }
  return name;
}

path first_program() {
  const char* first = std::getenv(first_program_variable);
  return first == nullptr || *first == '\0' ? this_program() : path(first);
}

failure execute(const path& program,
                const std::vector<std::string>& arguments) {
  const auto name = program.string();
  std::vector<char*> all{const_cast<char*>("instar")};
  for (const auto& one : arguments)
    all.push_back(const_cast<char*>(one.c_str()));
  all.push_back(nullptr);
  // Sockets and locks of threads that end here, in the middle of what they do.
  static_cast<void>(::close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC));
  ::execv(name.c_str(), all.data());
  const boost::system::error_code error(errno,
                                        boost::system::system_category());
  return {error, fmt::format("start {}: {}", name, error.message())};
}

result<> go_on_as(const path& program,
                  const std::vector<std::string>& arguments) {
  boost::system::error_code error;
  if (boost::filesystem::equivalent(program, self, error))
    return {};
  ::setenv(first_program_variable, first_program().c_str(), 1);
  return execute(program, arguments);
}

}  // namespace instar::cli
