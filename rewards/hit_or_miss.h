#pragma once

#include <algorithm>

#include "leakprobe/params.h"
#include "leakprobe/reward.h"

/// What rewards have in common that give one value or another.
namespace leakprobe {

/// Declares the members `hit` and `miss`; `what` completes "The reward of a completion that ...".
template <class Options>
void declare_hit_and_miss(Schema<Options>& schema, const std::string& what) {
  schema.field("hit", &Options::hit, kAny, "The reward of a completion that " + what + ".");
  schema.field("miss", &Options::miss, kAny, "The reward of all others.");
  schema.relation("hit", "hit and miss must differ, or every completion is worth the same",
                  [](const Options& o) { return o.hit != o.miss; });
}

/// Facts with the range of the two values.
inline RewardFacts hit_or_miss(double hit, double miss) {
  RewardFacts facts;
  facts.least = std::min(hit, miss);
  facts.most = std::max(hit, miss);
  return facts;
}

}  // namespace leakprobe
