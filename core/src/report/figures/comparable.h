#pragma once

#include <set>
#include <string>
#include <vector>

#include "compose/scale.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// Groups whose claims' numbers may stand on one axis.
struct Comparable {
  Value report;  ///< with these groups alone
  Value claim;   ///< of the first
  Scale scale;
  bool above_chance;
  std::string unit;   ///< as the title of an axis
  std::string words;  ///< the same with the direction
  std::string name;   ///< of the claim, where runs make several

  explicit Comparable(const Value& group);

  const Value::List& groups() const { return report.items("groups"); }
  bool takes(const Value& group) const;
  /// Whether the numbers are leaks: a value below chance, or without any, is none by itself.
  bool are_leaks() const;
  /// What all groups claim under `key`; "" where they differ.
  std::string common(const char* key) const;
  /// " behind prefix 'reverse'"; "" where they differ in it.
  std::string behind_prefix() const;
  /// A name for a figure of theirs that is not among `taken` and becomes one of these: `beginning`,
  /// the claim's where runs make several, and a number where it must.
  std::string figure_name(const std::string& beginning, std::set<std::string>& taken) const;
};

/// The groups of a report by claim and by what these measure; one without any VALID run is named
/// beside the first of its claim. None where the runs make no claim.
std::vector<Comparable> comparable_groups(const Value& report);

}  // namespace leakprobe
