int side() {
  return 1;
}
