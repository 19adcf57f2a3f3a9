// The rehearsal in a child process. Private to rehearsal.
#pragma once

#include "runtime/rehearsal_state.hpp"

namespace instar {

/// As rehearse(). The calling thread is the child's only one.
result<rehearsal_report> rehearse_isolated(runtime& node,
                                           const rehearsal_plan& plan,
                                           const rehearsal_batches& batches);

}  // namespace instar
