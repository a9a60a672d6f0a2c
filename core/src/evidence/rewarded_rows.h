#pragma once

#include "compose/composition.h"
#include "evidence/protected_rows.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// Finds protected rows that the policy may come to make and a reward would take for those of
/// another set, which its term pushes up: a secret that is in both sets, or where the first tokens
/// decide, one that begins as another does. That the set itself is no such one, `check_roles` sees
/// to.
void check_rewarded_rows(const Composition& composition, const Task& task,
                         const ProtectedRows& guarded, Diagnostics& diagnostics);

}  // namespace leakprobe
