#pragma once

#include <torch/types.h>

#include <array>

#include "leakprobe/objective.h"
#include "leakprobe/words.h"

namespace leakprobe {

/// How a row's value comes from those of its scored tokens.
enum class PerRow { mean, sum };
constexpr auto words_of(PerRow) {
  return std::array{Word{PerRow::mean, "mean", "a row counts the same whatever its length"},
                    Word{PerRow::sum, "sum", "each token counts the same"}};
}

/// One value a row (n) of values (n, t) that are 0 where nothing is scored.
inline torch::Tensor per_row(PerRow how, const torch::Tensor& values, const ColumnBatch& rows) {
  const torch::Tensor sums = values.sum(1);
  return how == PerRow::mean ? sums / rows.lengths() : sums;
}

}  // namespace leakprobe
