#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "leakprobe/phase.h"

namespace leakprobe {

/// How an experiment writes one weighted term among several.
struct TermOptions {
  Slot<Objective> objective;
  std::optional<Stream> pairs;
  std::optional<Stream> rows;
  WeightsRef reference;
  double weight = 1.0;
  std::optional<int64_t> batch;
  static void declare(Schema<TermOptions>& schema);

  Term term(const std::string& name) const;
};

}  // namespace leakprobe
