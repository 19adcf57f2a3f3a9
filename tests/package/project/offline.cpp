// Reads an app.yaml, and says its version.
#include "appup/reader.hpp"

#include <cstdio>

int main(int count, char** arguments) {
  if (count != 2)
    return 2;
  instar::real_file_system files;
  const auto app = instar::appup::read_app(files, arguments[1]);
  if (!app) {
    std::fprintf(stderr, "%s\n", app.error().message().c_str());
    return 1;
  }
  std::printf("%s\n", app->vsn.c_str());
}
