#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "leakprobe/value.h"

/// Checks that hold for every plugin of a kind, ours and others'.
namespace leakprobe::testing {

/// What to check, and what the plugins need for it.
struct Conformance {
  std::filesystem::path library;
  /// Libraries, or folders of them, with plugins that options name: a phase's objective, ...
  std::vector<std::filesystem::path> beside = {};
  /// Options by "kind/name", as a mapping of an experiment file without `type`: for plugins with
  /// required parameters, and for models, whose default size is a whole one. All others are checked
  /// with their defaults. Streams in them may name the sets random (fresh rows), useful (12),
  /// held_out (4, never positive) and control, and the prefixes regular and reverse.
  std::map<std::string, Value> options = {};
};

/// One sentence for each expectation that a plugin in the library does not meet, such as
/// "objective/dpo: evaluate: the gradient of column chosen is not finite"; empty = it conforms.
///
/// Every plugin: docs are sentences, options read back as they were written and are paths where
/// their names say so ("path", "data_file", ...), facts are given. Then by kind: an objective's
/// loss and gradients are finite, have the declared signs where policy and reference agree (on
/// rollouts those of the advantages, too), are slopes of the loss by central differences in double
/// precision, add up over parts of a batch and do not depend on unscored tokens; a task's rows
/// repeat and their spans fit; a freezing policy covers each parameter; a schedule's factors and an
/// optimizer's steps are finite, the latter's state restores bit for bit; a probe answers each
/// cell; a sink gives the same bytes for a record whatever stood before it; a reward gives one
/// value for a completion, an empty one too, within its range and of the declared signs; a phase
/// plans the same twice, and its gates read rows and terms that there are; a model's parameters and
/// outputs have their shapes, and its options survive config.json. A task that needs a tokenizer
/// gets one with the tokens of its facts' vocabulary; where that is empty, and where a reward needs
/// text, one whose tokens are the characters of ASCII.
///
/// Throws Error where the library cannot be loaded.
std::vector<std::string> conformance_failures(const Conformance& conformance);

}  // namespace leakprobe::testing
