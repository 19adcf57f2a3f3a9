#include "tests/upgrade/footprint.hpp"

#include "base/file_system.hpp"

#include <boost/filesystem/directory.hpp>

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace instar::testing {

footprint measure(pid_t process) {
  namespace fs = boost::filesystem;
  const auto about = path("/proc") / std::to_string(process);
  footprint made;
  std::size_t total = 0;
  std::ifstream((about / "statm").string()) >> total >> made.resident_kib;
  made.resident_kib *= static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / 1024;
  std::ifstream maps((about / "maps").string());
  std::set<std::string> modules;
  for (std::string line; std::getline(maps, line);) {
    // A file that was removed is still mapped, and says so at its end.
    if (line.find(".so") != std::string::npos)
      modules.insert(line.substr(line.find('/')));
  }
  made.modules = modules.size();
  boost::system::error_code gone;
  made.descriptors = static_cast<std::size_t>(std::distance(
      fs::directory_iterator(about / "fd", gone), fs::directory_iterator()));
  return made;
}

}  // namespace instar::testing
