#include "base/result.hpp"

#include <stdexcept>

namespace instar {

void throw_exception_from_error(const failure& why,
                                const boost::source_location&) {
  throw std::runtime_error(why.message());
}

}  // namespace instar
