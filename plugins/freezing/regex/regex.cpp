#include <algorithm>

#include "leakprobe/error.h"
#include "leakprobe/plugin.h"
#include "regex_freezing.h"

namespace leakprobe {
namespace {

Range<std::string> pattern() {
  const auto holds = [](const std::string& text) {
    try {
      // Matching recurses with the pattern's length; no list of parameters needs a longer one.
      return !text.empty() && text.size() <= 1000 && std::regex(text).mark_count() < 100;
    } catch (const std::regex_error&) {
      return false;
    }
  };
  return {holds, "a regular expression (ECMAScript, at most 1000 characters)", Value::map(), {}};
}

}  // namespace

void FreezeRegex::Options::declare(Schema<Options>& schema) {
  schema.field("trainable", &Options::trainable, pattern(),
               "Regular expression: parameters whose names contain a match are trained, all others "
               "are frozen.");
  schema.field("frozen", &Options::frozen, pattern(),
               "Regular expression: parameters whose names contain a match are frozen, all others "
               "are trained.");
  schema.relation("trainable", "exactly one of trainable and frozen must be given",
                  [](const Options& o) { return o.trainable.has_value() != o.frozen.has_value(); });
}

FreezeRegex::FreezeRegex(const Options& options, const Context& context)
    : text_(options.trainable ? *options.trainable : options.frozen.value_or("")),
      pattern_(text_),
      matches_are_trained_(options.trainable.has_value()),
      context_(context) {}

std::vector<bool> FreezeRegex::trainable(std::span<const ParameterInfo> parameters, int64_t) const {
  std::vector<bool> trained;
  bool any_match = false;
  for (const ParameterInfo& parameter : parameters) {
    const bool by_name = std::regex_search(parameter.name, pattern_);
    const bool by_tie =
        !parameter.tied_to.empty() && std::regex_search(parameter.tied_to, pattern_);
    if (by_name != by_tie && !parameter.tied_to.empty()) {
      context_.warn(parameter.name + " and " + parameter.tied_to + " are one tensor: both are " +
                    (matches_are_trained_ ? "trained" : "frozen"));
    }
    any_match = any_match || by_name || by_tie;
    trained.push_back((by_name || by_tie) == matches_are_trained_);
  }
  if (!any_match) {
    throw Error("no parameter's name contains a match of '" + text_ + "'; the names are like '" +
                (parameters.empty() ? "" : parameters[parameters.size() / 2].name) + "'");
  }
  if (std::find(trained.begin(), trained.end(), true) == trained.end()) {
    throw Error("the pattern '" + text_ + "' freezes every parameter; leave something to train");
  }
  return trained;
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::FreezeRegex>(
      "regex", "Trains or freezes the parameters whose names match a regular expression.");
}
