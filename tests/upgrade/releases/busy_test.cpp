#include "tests/upgrade/releases/release_node.hpp"
