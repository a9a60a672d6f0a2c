#include "leakprobe/error.h"
#include "leakprobe/objective.h"

namespace leakprobe {

// Unscored places hold 0 already, so that a plain sum is the sum over scored tokens.
torch::Tensor ColumnBatch::policy_sum() const { return policy.sum(1); }

torch::Tensor ColumnBatch::reference_sum() const {
  LEAKPROBE_CHECK(reference.defined(), "an objective without needs_reference used a reference");
  return reference.sum(1);
}

torch::Tensor ColumnBatch::old_sum() const {
  LEAKPROBE_CHECK(old.defined(), "an objective without advantages used old log-probabilities");
  return old.sum(1);
}

torch::Tensor ColumnBatch::lengths() const { return mask.sum(1).clamp_min(1); }

const torch::Tensor& RowNumbers::at(const std::string& name) const {
  const auto found = find(name);
  if (found != end()) return found->second;
  std::string names;
  for (const auto& [known, values] : *this) names += (names.empty() ? "" : ", ") + known;
  throw Error("the rows have no number '" + name + "'; " +
              (names.empty() ? "they have none" : "they have " + names));
}

const ColumnBatch& Columns::at(const std::string& name) const {
  for (const auto& [candidate, batch] : columns_) {
    if (candidate == name) return batch;
  }
  check_failed(__FILE__, __LINE__, "an objective used the undeclared column '" + name + "'");
}

}  // namespace leakprobe
