#include "records/state_facts.h"

#include "compose/file_names.h"

namespace leakprobe {

Value StateFacts::to_value() const {
  Value value = Value::map();
  value.set("version", kStateVersion);
  value.set("digest", digest);
  value.set("seed", seed);
  value.set("circumstances", circumstances.to_value());
  value.set("phase", phase);
  value.set("step", step);
  value.set("optimizer", optimizer);
  value.set("finished", finished ? Value(*finished) : Value());
  value.set("seconds", seconds);
  value.set("references", Value(Value::List(references.begin(), references.end())));
  value.set("written", leakprobe::to_value(written));
  value.set("checkpoints", leakprobe::to_value(checkpoints));
  value.set("ledger", ledger.to_value());
  value.set("evidence", evidence);
  return value;
}

StateFacts StateFacts::of(const Value& value) {
  if (value.integer("version") != kStateVersion) {
    value.fail("version", "this version is not known");
  }
  StateFacts facts;
  facts.place = value.place;
  facts.digest = value.text("digest");
  facts.seed = value.integer("seed", 0);
  facts.circumstances = Circumstances::of(value.mapping("circumstances"));
  facts.phase = value.text("phase");
  facts.step = value.integer("step", 0);
  facts.optimizer = value.integer("optimizer", 0);
  if (value.has("finished")) facts.finished = value.text("finished");
  facts.seconds = value.number("seconds");
  facts.references = value.integers("references", 0);
  const Value& written = value.mapping("written");
  for (const char* name : {kMetricsFile, kTimingFile, kItemsFile}) written.at(name);
  facts.written = written_files(written);
  facts.checkpoints = written_files(value.mapping("checkpoints"));
  facts.ledger = LedgerRecord::of(value.mapping("ledger"));
  facts.evidence = value.mapping("evidence");
  return facts;
}

}  // namespace leakprobe
