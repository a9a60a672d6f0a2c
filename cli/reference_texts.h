#pragma once

#include <string>
#include <utility>
#include <vector>

#include "leakprobe/kind.h"

/// What the reference says beyond what is declared: forms of several keys together, and what a kind
/// of plugin is for. Markdown; a line {{key}} stands for the table of the keys below `key` of an
/// experiment, a line {{plugins key}} for the plugins that may stand there.
namespace leakprobe::cli {

/// A part of the page on experiments.
struct ReferenceTopic {
  std::string title;
  std::vector<std::string> keys;  ///< of an experiment, which are explained here
  std::string text;
};

/// All of them, in the order of the page.
const std::vector<ReferenceTopic>& reference_topics();

/// A page on a kind of plugin.
struct ReferenceKind {
  Kind kind;
  std::string title;
  std::string summary;  ///< one line, for the list of pages
  std::string text;
  /// What each fact means that is known of a plugin before it is made, in the order of the page.
  std::vector<std::pair<std::string, std::string>> facts;
  /// Where a plugin's README lies, seen from the page; "{}" is its name.
  std::string readme;
};

/// All kinds, in the order in which experiments name them.
const std::vector<ReferenceKind>& reference_kinds();

/// What stands before the list of pages, and before the topics of the page on experiments.
extern const char* const kReferenceIndex;
extern const char* const kReferenceExperiment;

}  // namespace leakprobe::cli
