#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/rows.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// A line of samples.jsonl: a row of a rollout.
struct SampleRecord {
  std::string phase;
  int64_t step = 0;
  std::string term;
  int64_t group = 0;  ///< within its batch
  bool planted = false;
  /// Of which it is a secret: the planted row's, or one that the reward goes by; "" = none.
  std::string set;
  std::optional<std::string> text;  ///< of all tokens; nothing without a tokenizer
  std::vector<int64_t> tokens;      ///< prompt, completion, and the token that ends it
  Span secret;                      ///< the completion
  double reward = 0;
  double advantage = 0;

  Value to_value() const;
  /// What `to_value` gave. Throws Error that names file and path where it is anything else.
  static SampleRecord of(const Value& value);
};

}  // namespace leakprobe
