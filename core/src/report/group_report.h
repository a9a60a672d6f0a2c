#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compose/scale.h"
#include "leakprobe/value.h"
#include "report/groups.h"
#include "report/statistics.h"

namespace leakprobe {

/// What the VALID runs of a group say about its claim.
class GroupReport {
 public:
  explicit GroupReport(const RunGroup& group);

  /// Of the claim's numbers; with a level of chance where all runs have one.
  const Scale& scale() const { return scale_; }
  /// Of the paired test, or of the test against chance where the claim has no control.
  std::optional<double> p() const;
  /// `p_holm` is that p adjusted for all groups; with `power` also the seeds that it takes.
  Value value(std::optional<double> p_holm, std::optional<double> power) const;

 private:
  void read_scale();
  Value runs() const;
  /// Gates that some run has in that list of its names; with `valid`, some VALID run.
  Value gates_in(std::vector<std::string> RunRecord::*names, bool valid) const;
  /// What stands behind a conclusion because it speaks against it; "" where nothing does.
  std::string caveats(const Value& missed) const;
  Value gates() const;       ///< means of their values
  Value parameters() const;  ///< of the model
  Value statistics(std::optional<double> p_holm, std::optional<double> power) const;

  const RunGroup& group_;
  int64_t valid_ = 0, invalid_ = 0, incomplete_ = 0, not_begun_ = 0;
  Scale scale_;
  bool measured_ = false;  ///< whether a run says its scale
  Value claim_;            ///< its keys alone
  bool like_ = true;       ///< whether the numbers of all runs are of one scale
  SampleStatistics leak_, effect_;
  std::optional<SampleStatistics> control_;
};

}  // namespace leakprobe
