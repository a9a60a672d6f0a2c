#pragma once

#include <string>
#include <vector>

#include "leakprobe/phase.h"

namespace leakprobe {

/// Several weighted terms at once.
class Joint final : public Phase {
 public:
  struct Options {
    Named<Term> terms;
    static void declare(Schema<Options>& schema);
  };
  static std::vector<std::string> examples();
  explicit Joint(const Options& options) : options_(options) {}
  Plan plan(const PlanContext& context) const override;

 private:
  const Options options_;
};

}  // namespace leakprobe
