#pragma once

#include <cstdint>
#include <optional>

#include "leakprobe/value.h"
#include "report/groups.h"
#include "report/statistics.h"

namespace leakprobe {

/// What the VALID runs of a group say about its claim.
class GroupReport {
 public:
  explicit GroupReport(const RunGroup& group);

  /// Of the paired test, or of the test against chance where the claim has no control.
  std::optional<double> p() const;
  /// `p_holm` is that p adjusted for all groups; with `power` also the seeds that it takes.
  Value value(std::optional<double> p_holm, std::optional<double> power) const;

 private:
  Value runs() const;
  Value statistics(std::optional<double> p_holm, std::optional<double> power) const;

  const RunGroup& group_;
  int64_t valid_ = 0, invalid_ = 0, incomplete_ = 0;
  bool chance_ = false;  ///< whether leaks are above a level of chance
  Value claim_;          ///< its keys alone
  SampleStatistics leak_, effect_;
  std::optional<SampleStatistics> control_;
};

}  // namespace leakprobe
