#pragma once

#include <cstdint>
#include <string>

#include "compose/lineage.h"
#include "leakprobe/phase.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// A part of the experiment file.
struct PathAndPlace {
  std::string path;
  Place place;
};

/// Reports rows that the term would make more likely although their set's role forbids it: those of
/// its stream, and those that the policy may come to make where a reward tells them from other
/// text. At the stream, or at `weight` where it is the weight that turns the objective round.
bool check_roles(const std::string& phase, const Term& term, const PathAndPlace& weight,
                 const TaskFacts& task, const Lineage& lineage, Diagnostics& diagnostics);

/// Rows that may be protected: each is made and held by its id before a run.
inline constexpr int64_t kMostProtectedRows = int64_t{1} << 20;

/// Reports sets with the role never_positive that have more rows than that together.
bool check_protected_rows(const TaskFacts& task, const PathAndPlace& at, Diagnostics& diagnostics);

/// Reports roles of the experiment's task that begin with a phase which is not run.
bool check_role_phases(const TaskFacts& task, const Value& experiment, const Lineage& lineage,
                       Diagnostics& diagnostics);

}  // namespace leakprobe
