// Allowed, but each of these is worth a warning.
#include "tests/module/modules/descriptor.hpp"

#include <csignal>
#include <memory>
#include <string>
#include <thread>

INSTAR_EMIT_NOTE(INSTAR_MODULE_NAME, INSTAR_MODULE_VSN);

namespace app {

thread_local int used = 0;
int counter = 0;
static std::string last_name = std::to_string(counter);
// The same for every process that loads it, so neither is named.
extern const int limit;
const int limit = 7;
const char* const texts[] = {"a", "b"};

int next(const std::string& name, int i) {
  static int calls = 0;
  last_name = name + texts[i];
  std::signal(SIGUSR1, SIG_IGN);
  std::thread([] { ++counter; }).join();
  return ++calls + ++used + limit;
}

}  // namespace app
