#include "matches.h"

#include <set>

#include "../hit_or_miss.h"
#include "leakprobe/plugin.h"

namespace leakprobe {

void Matches::Options::declare(Schema<Options>& schema) {
  schema.required("set", &Options::set, kAny,
                  "Set of the task whose secrets are looked for, or a list of sets; "
                  "'train.rejected' is one column of a set of pairs.");
  declare_hit_and_miss(schema, "is a secret of them");
  schema.field("first", &Options::first, above(0),
               "So many tokens decide: a completion is a secret where its first ones are; by "
               "default all of them count.",
               "tokens");
  schema.relation("set", "set must name each set once", [](const Options& o) {
    std::set<std::string> seen;
    for (const auto& [name, place] : o.set.names) {
      if (!seen.insert(name).second) return false;
    }
    return true;
  });
}

RewardFacts Matches::facts(const Options& options) {
  RewardFacts facts = hit_or_miss(options.hit, options.miss);
  const Sign sign = options.hit < options.miss ? Sign::negative : Sign::positive;
  for (const auto& [name, place] : options.set.names) facts.rows.push_back({name, sign});
  facts.first_tokens = options.first;
  return facts;
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Matches>(
      "matches", "One reward for completions that are a secret of some sets, another for others.");
}
