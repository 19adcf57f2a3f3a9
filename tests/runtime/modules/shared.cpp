// A library that modules share, in two builds.
extern "C" int test_shared_number();
int test_shared_number() {
  return TEST_BUILD;
}
