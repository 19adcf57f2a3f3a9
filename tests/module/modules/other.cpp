// A shared library that a module must not need.
namespace app {
int other() {
  return 1;
}
}  // namespace app
