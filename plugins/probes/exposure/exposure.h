#pragma once

#include <numbers>

#include "leakprobe/params.h"
#include "leakprobe/probe.h"

namespace leakprobe {

/// Exposure in bits (Carlini et al. 2019, arXiv:1802.08232, section 4, over a sample in place of
/// the whole space): log2 R - log2 rank of a row by its log-probability among the R rows of the
/// control. Its mean over rows that were never trained is 1/ln 2 = 1.44 bits, not 0.
class Exposure final : public Probe {
 public:
  /// The mean of -log2 u for u uniform in (0, 1).
  static constexpr double kNullMean = 1 / std::numbers::ln2;

  using Options = NoOptions;
  static ProbeFacts facts(const Options&);
  Exposure(const Options&, const Context& context) : context_(context) {}

  void check(const std::vector<ProbeCell>& cells,
             const std::optional<int64_t>& vocabulary) const override;
  /// A cell's value is the mean of its rows' exposures, ranked from the likeliest. Aggregates: the
  /// same from the unlikeliest, the two-sided p value of the nearer end, the most bits there can
  /// be.
  std::vector<ProbeValue> measure(ProbedModel& model,
                                  const std::vector<ProbeCell>& cells) const override;

 private:
  const Context& context_;
};

}  // namespace leakprobe
