#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "leakprobe/tensors.h"
#include "leakprobe/value.h"
#include "leakprobe/weights_ref.h"
#include "records/run_state.h"
#include "step/policy.h"
#include "step/reference.h"

namespace leakprobe {

/// The reference models of a run, one an origin, shared by all terms and phases that name it.
class ReferenceStore {
 public:
  /// Makes a model with the weights that an origin names.
  using PolicyAt = std::function<std::unique_ptr<Policy>(const WeightsRef&)>;
  /// `origins` are all that will be asked for, in an order that is the run's own.
  ReferenceStore(std::vector<WeightsRef> origins, PolicyAt policy_at)
      : origins_(std::move(origins)), policy_at_(std::move(policy_at)) {}

  std::shared_ptr<Reference> at(const WeightsRef& origin);
  /// Lets the models go, which later phases often need no more: the values are kept, and a model is
  /// made again when a value is missing.
  void release_models();

  /// Adds the kept values to `tensors`, as "reference/<number>/..."; the numbers, which origins
  /// have by their order: where another run lies may change.
  std::vector<int64_t> save(NamedTensors& tensors) const;
  /// What `save` gave, and the state that holds the tensors. Throws Error where it is damaged.
  void restore(const std::vector<int64_t>& numbers, const SavedState& state);

 private:
  std::vector<WeightsRef> origins_;
  PolicyAt policy_at_;
  struct Entry {
    /// Made when a value is first missing: after a resume often never.
    std::shared_ptr<std::unique_ptr<Policy>> policy;
    std::shared_ptr<Reference> reference;
  };
  std::map<size_t, Entry> entries_;  ///< by the origin's number
};

}  // namespace leakprobe
