#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "data/packed_rows.h"
#include "step/pass_size.h"

namespace leakprobe {

class TermRunner;
struct StepTimes;

/// Rows of some items of some terms, packed for one pass through the model. All log-probabilities
/// of a pass are at one temperature.
struct Pass {
  struct Slice {
    TermRunner* term;
    int64_t begin, end;               ///< items of the term
    std::vector<int64_t> first_rows;  ///< of each of its columns within the pass

    /// The row of the pass that is item `item` in column `column`.
    int64_t row(size_t column, int64_t item) const { return first_rows[column] + item - begin; }
  };
  std::vector<Slice> slices;
  PackedRows rows;
  /// (targets) the references' log-probabilities, zero where a term has none; undefined if no term
  /// has one.
  torch::Tensor reference;
  double temperature = 1;
};

/// The items drawn for `terms`, split between items into passes of about one size, each within
/// `size`: as few as may be, one a temperature at least. Adds the seconds of references to `times`.
std::vector<Pass> make_passes(const std::vector<TermRunner*>& terms, const PassSize& size,
                              torch::Device device, StepTimes& times);

}  // namespace leakprobe
