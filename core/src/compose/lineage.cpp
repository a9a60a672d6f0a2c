#include "compose/lineage.h"

#include <algorithm>

#include "compose/words.h"
#include "leakprobe/value.h"

namespace leakprobe {

void Lineage::declare(const std::string& name, bool skipped) {
  order_.push_back(name);
  skipped_[name] = skipped;
}

void Lineage::pass(const std::string& name) { passed_.push_back(name); }

WeightsRef Lineage::latest() const {
  return {passed_.empty() ? std::string(kInitial) : passed_.back(), "", {}};
}

bool Lineage::is_from(const std::string& from, const std::string& name) const {
  const auto begin = std::find(order_.begin(), order_.end(), from);
  return from.empty() || std::find(begin, order_.end(), name) != order_.end();
}

std::vector<std::string> Lineage::run_names() const {
  std::vector<std::string> names;
  for (const std::string& name : order_) {
    if (!skipped_.at(name)) names.push_back(name);
  }
  return names;
}

bool Lineage::check(const WeightsRef& origin, const std::string& by, const std::string& path,
                    Diagnostics& diagnostics) const {
  if (!origin.run.empty() || origin.phase == kInitial || contains(passed_, origin.phase)) {
    return true;
  }
  const std::string name = Value(origin.phase).describe();
  const auto known = skipped_.find(origin.phase);
  if (known == skipped_.end()) {
    std::vector<std::string> before = passed_;
    before.emplace_back(kInitial);
    diagnostics.error(origin.place, path, "there is no phase " + name,
                      suggest(origin.phase, before, "phases before this one"));
  } else if (known->second) {
    diagnostics.error(origin.place, path, "phase " + name + " is left out by 'skip: true'",
                      "name a phase that is run, or take its weights from an earlier run with "
                      "{run: DIR, phase: " +
                          origin.phase + "}");
  } else if (origin.phase == by) {
    diagnostics.error(origin.place, path,
                      "phase " + name +
                          " cannot use its own result; leave this out to use its "
                          "start");
  } else {
    diagnostics.error(
        origin.place, path, "phase " + name + " comes later",
        "only phases before this one have weights to give; those that a file adds to the "
        "ones it extends come last");
  }
  return false;
}

bool Lineage::check_run(const std::string& name, const Place& place, const std::string& path,
                        Diagnostics& diagnostics) const {
  const auto known = skipped_.find(name);
  if (known != skipped_.end() && !known->second) return true;
  if (known != skipped_.end()) {
    diagnostics.error(place, path,
                      "phase " + Value(name).describe() + " is left out by 'skip: true'",
                      "name a phase that is run");
  } else {
    diagnostics.error(place, path, "there is no phase " + Value(name).describe(),
                      suggest(name, run_names(), "phases"));
  }
  return false;
}

}  // namespace leakprobe
