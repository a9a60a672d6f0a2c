#pragma once

#include "compose/composition.h"
#include "evidence/control_rows.h"
#include "evidence/protected_rows.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// The rows by which an experiment is judged. They may be a million, so they are made once, where
/// it is checked, and handed to all who compare with them.
struct WatchedRows {
  /// Who looks at them while they are made; nobody where empty.
  struct Seen {
    ProtectedRows::Seen guarded;
    ControlRows::Seen control;
  };

  /// Asks the task for each once. The composition outlives the object.
  WatchedRows(const Composition& composition, const Task& task, const Seen& seen = {})
      : guarded(composition, task, seen.guarded), control(composition, task, seen.control) {}

  const ProtectedRows guarded;
  const ControlRows control;
};

}  // namespace leakprobe
