#include "leakprobe/probe.h"

#include <algorithm>

#include "leakprobe/error.h"

namespace leakprobe {

void ProbedModel::fail_without(const char* function) {
  throw Error("the model given to the probe has no " + std::string(function) +
              "; override ProbedModel::" + function + " in it");
}

const ProbeFacts::Aggregate* ProbeFacts::find(const std::string& name) const {
  const auto found = std::ranges::find(aggregates, name, &Aggregate::name);
  return found == aggregates.end() ? nullptr : &*found;
}

}  // namespace leakprobe
