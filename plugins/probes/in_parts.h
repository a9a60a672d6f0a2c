#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "leakprobe/error.h"
#include "leakprobe/probe.h"

namespace leakprobe {

/// Calls `use(i, logits)` with the logits of each row, asked for in parts, since those of all rows
/// are rows x tokens x vocabulary numbers.
template <class Use>
void logits_in_parts(ProbedModel& model, const std::vector<const Row*>& rows, Use use) {
  constexpr size_t kPart = 64;
  for (size_t begin = 0; begin < rows.size(); begin += kPart) {
    const size_t end = std::min(rows.size(), begin + kPart);
    const std::vector<const Row*> part(rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                       rows.begin() + static_cast<std::ptrdiff_t>(end));
    const std::vector<torch::Tensor> logits = model.logits(part);
    LEAKPROBE_CHECK(logits.size() == part.size(), "a model gave logits of another number of rows");
    for (size_t i = begin; i < end; ++i) use(i, logits[i - begin]);
  }
}

}  // namespace leakprobe
