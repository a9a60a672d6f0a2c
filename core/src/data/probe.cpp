#include "leakprobe/probe.h"

#include <algorithm>

namespace leakprobe {

const ProbeFacts::Aggregate* ProbeFacts::find(const std::string& name) const {
  const auto found = std::ranges::find(aggregates, name, &Aggregate::name);
  return found == aggregates.end() ? nullptr : &*found;
}

}  // namespace leakprobe
