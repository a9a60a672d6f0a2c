#pragma once

#include "leakprobe/objective.h"
#include "leakprobe/params.h"
#include "leakprobe/per_row.h"

namespace leakprobe {

/// Unlikelihood: makes the tokens of rows less likely, each after those before it.
class Unlikelihood final : public Objective {
 public:
  struct Options {
    PerRow per_row = PerRow::mean;
    static void declare(Schema<Options>& schema);
  };
  static ObjectiveFacts facts(const Options&);
  Unlikelihood(const Options& options, const Context&) : options_(options) {}

  Loss evaluate(const Columns& columns) const override;

 private:
  const Options options_;
};

}  // namespace leakprobe
