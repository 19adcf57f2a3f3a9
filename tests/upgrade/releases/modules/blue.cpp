#include "cell.hpp"

INSTAR_MODULE(cell::server)
