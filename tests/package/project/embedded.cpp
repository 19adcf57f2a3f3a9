// A node inside a program of one's own: starts the release in a folder, and says
// which one it is.
#include "release_handler/node.hpp"

#include <cstdio>

int main(int count, char** arguments) {
  if (count != 2)
    return 2;
  const auto node = instar::release_handler::node::start({arguments[1], {}});
  if (!node) {
    std::fprintf(stderr, "%s\n", node.error().message().c_str());
    return 1;
  }
  std::printf("%s\n", (*node)->running_release().c_str());
}
