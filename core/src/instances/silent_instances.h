#pragma once

#include <functional>
#include <memory>
#include <string>

#include "compose/composition.h"
#include "instances/instances.h"
#include "leakprobe/tokenizer.h"

namespace leakprobe {

/// Makes single plugins of a composition outside a run: their log goes nowhere, but for warnings
/// where somebody takes them.
class SilentInstances {
 public:
  SilentInstances(const Composition& composition, const Registry& registry,
                  std::shared_ptr<const Tokenizer> tokenizer, torch::Device device = torch::kCPU,
                  std::function<void(const std::string&, const std::string&)> warn = {});

  Instances& instances() { return instances_; }
  /// nullptr where there is none.
  const Tokenizer* tokenizer() const { return environment_.tokenizer.get(); }

 private:
  RunEnvironment environment_;
  Instances instances_;
};

}  // namespace leakprobe
