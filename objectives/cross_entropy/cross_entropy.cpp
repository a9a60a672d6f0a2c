#include "cross_entropy.h"

#include "leakprobe/plugin.h"
#include "leakprobe/stream.h"

namespace leakprobe {

void CrossEntropy::Options::declare(Schema<Options>& schema) {
  schema.field("per_row", &Options::per_row, kAny,
               "How a row's loss comes from that of its scored tokens.");
}

ObjectiveFacts CrossEntropy::facts(const Options&) {
  ObjectiveFacts facts;
  facts.columns = {{kRowsColumn, Sign::positive}};
  return facts;
}

Loss CrossEntropy::evaluate(const Columns& columns) const {
  const ColumnBatch& rows = columns.at(kRowsColumn);
  return {-per_row(options_.per_row, rows.policy, rows).sum(), {}};
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::CrossEntropy>(
      "cross_entropy", "Makes rows more likely: next-token cross-entropy (Shannon 1948).");
}
