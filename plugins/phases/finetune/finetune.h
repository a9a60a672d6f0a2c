#pragma once

#include <string>
#include <vector>

#include "leakprobe/phase.h"

namespace leakprobe {

/// One term of rows.
class Finetune final : public Phase {
 public:
  struct Options {
    Slot<Objective> objective{"cross_entropy"};
    Stream rows;
    static void declare(Schema<Options>& schema);
  };
  static std::vector<std::string> examples() {
    return {"{rows: {set: random, prefix: regular, count: 8}}"};
  }
  explicit Finetune(const Options& options) : options_(options) {}
  Plan plan(const PlanContext& context) const override;

 private:
  const Options options_;
};

}  // namespace leakprobe
