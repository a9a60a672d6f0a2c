#pragma once

#include <set>
#include <string>

#include "evidence/control_rows.h"
#include "evidence/trained_rows.h"
#include "leakprobe/diagnostic.h"

namespace leakprobe {

/// Finds rows of fixed sets that a composition would train on although they are also in the
/// control: an error for each such set. Fresh rows, and those that the policy makes, the ledger
/// finds in training.
class ControlCheck final : public RowsCheck {
 public:
  /// The arguments outlive the object.
  ControlCheck(const ControlRows& control, Diagnostics& diagnostics)
      : control_(control), diagnostics_(diagnostics) {}

  bool looks_at(const TrainedRows& rows) const override;
  void look(const TrainedRows& rows, int64_t index, const Row& row) override;

 private:
  const ControlRows& control_;
  Diagnostics& diagnostics_;
  std::set<std::string> reported_;  ///< one mistake a set is enough
};

}  // namespace leakprobe
