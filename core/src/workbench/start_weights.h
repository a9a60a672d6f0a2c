#pragma once

#include <functional>
#include <set>
#include <string>

#include "compose/composition.h"
#include "leakprobe/weights_ref.h"
#include "model/loaded_model.h"
#include "plugin/registry.h"

namespace leakprobe {

/// The weights that an experiment's phases begin with or compare with, as far as they are known
/// without running it.
class StartWeights {
 public:
  /// Loads the initial ones. `warn` is told where others are not known. The arguments outlive the
  /// object.
  StartWeights(const Composition& composition, const Registry& registry,
               std::function<void(const std::string&)> warn);

  const LoadedModel& initial() const { return initial_; }
  /// A model of its own with these weights. Those of a phase are the checkpoint of the experiment's
  /// complete run where that is there, else the initial ones. Throws Error where another run does
  /// not hold them.
  LoadedModel at(const WeightsRef& origin);

 private:
  /// "" where the experiment's run is there as it completed itself.
  std::string why_no_run() const;

  const Composition& composition_;
  const Registry& registry_;
  const std::function<void(const std::string&)> warn_;
  const LoadedModel initial_;
  std::set<std::string> unknown_;  ///< phases of which it was said
};

}  // namespace leakprobe
