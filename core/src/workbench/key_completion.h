#pragma once

#include <string>
#include <vector>

#include "leakprobe/value.h"
#include "plugin/registry.h"

namespace leakprobe {

/// What the beginning `word` of a "key=value" may become, in whole: keys of the language, options
/// of plugins and names of the experiment, one part of the path further, each with the "." or the
/// "=" that comes next; behind "=" the values, where a key has but a few. `experiment` is what
/// load_experiment gives, null where none is known. Of plugins whose type is known only that one's
/// options.
std::vector<std::string> complete_override(const Registry& registry, const Value& experiment,
                                           const std::string& word);

}  // namespace leakprobe
