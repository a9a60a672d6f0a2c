#pragma once

#include <set>

#include "evidence/protected_rows.h"
#include "evidence/trained_rows.h"
#include "leakprobe/diagnostic.h"

namespace leakprobe {

/// Finds rows of fixed sets that a composition would make positive targets although they are
/// protected, under whatever set's name they come. An error for each place in the file, a warning
/// where a set has more rows than are compared before a run.
class ProtectedCheck final : public RowsCheck {
 public:
  /// The arguments outlive the object.
  ProtectedCheck(const ProtectedRows& guarded, Diagnostics& diagnostics)
      : guarded_(guarded), diagnostics_(diagnostics) {}

  bool looks_at(const TrainedRows& rows) const override;
  void look(const TrainedRows& rows, int64_t index, const Row& row) override;
  void miss(const TrainedRows& rows, int64_t shown) override;

 private:
  bool looks_at(const TrainedRows::Use& use) const;

  const ProtectedRows& guarded_;
  Diagnostics& diagnostics_;
  std::set<const TrainedRows::Use*> done_;
};

/// Finds fresh rows that would be positive targets behind a prefix of the same tokens as one behind
/// which their set's role forbids it: by their names alone roles cannot tell.
void check_fresh_rows(const Composition& composition, const Task& task,
                      const ProtectedRows& guarded, Diagnostics& diagnostics);

}  // namespace leakprobe
