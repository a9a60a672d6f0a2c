#include <string>
#include <utility>
#include <vector>

#include "compose/run_files.h"
#include "config/names.h"
#include "conformance/findings.h"
#include "leakprobe/testing/test_context.h"
#include "plugin/contract.h"
#include "records/evaluation_record.h"

namespace leakprobe {
namespace {

Value step_record(int64_t step) {
  Value record = Value::map();
  record.set("v", 1);
  record.set("record", "step");
  record.set("phase", "calibrate");
  record.set("step", step);
  record.set("lr", 1e-3);
  record.set("loss", 3.25);
  record.set("grad_norm", 0.5);
  Value metrics = Value::map();
  metrics.set("rewards/margins", 0.25);
  Value terms = Value::map();
  terms.set("pairs", std::move(metrics));
  record.set("terms", std::move(terms));
  return record;
}

Value evaluation_record(int64_t step, bool end) {
  EvaluationRecord record{"calibrate", step, "look", true, end, {}};
  record.cells.push_back({"held_out", "regular", 2, -3.5, -0.25, {}, {}});
  return record.to_value();
}

Value result_record() {
  Value claim = Value::map();
  claim.set("phase", "calibrate");
  claim.set("step", 1);
  claim.set("leak", -0.25);
  Value record = Value::map();
  record.set("v", 1);
  record.set("record", "result");
  record.set("claim", std::move(claim));
  return record;
}

std::vector<Value> records_of_a_run() {
  return {evaluation_record(-1, false), step_record(0), step_record(1), evaluation_record(1, true),
          result_record()};
}

std::vector<std::string> bytes_of(Sink& sink, const std::vector<Value>& records) {
  std::vector<std::string> bytes;
  for (const Value& record : records) bytes.push_back(sink.write(record));
  return bytes;
}

void check_file(const std::string& file, Findings& findings) {
  if (file.empty()) return;
  const std::string fault = name_fault(file);
  findings.expect(fault.empty(), "facts: its file's name " + fault);
  findings.expect(!is_engine_file(file), "facts: the file " + file + " is the engine's own");
}

}  // namespace

void check_sink(const Subject& subject, Findings& findings) {
  const auto& facts = std::any_cast<const SinkFacts&>(subject.facts);
  check_file(facts.file, findings);
  const testing::TestContext context;
  const auto sink = subject.make<Sink>(context);
  const std::string beginning = sink->beginning();
  findings.expect_none(fault_of_bytes("beginning", beginning, facts));
  findings.expect(
      beginning == sink->beginning() && beginning == subject.make<Sink>(context)->beginning(),
      "beginning: differs when asked again");

  const std::vector<Value> records = records_of_a_run();
  const std::vector<std::string> bytes = bytes_of(*sink, records);
  for (const std::string& of_a_record : bytes) {
    if (!findings.expect_none(fault_of_bytes("write", of_a_record, facts))) return;
  }
  if (!findings.expect(bytes == bytes_of(*subject.make<Sink>(context), records),
                       "write: another instance gives other bytes for the same records")) {
    return;
  }
  // As where a run is resumed: who goes on has not seen the records before.
  for (size_t r = 1; r < records.size(); ++r) {
    if (!findings.expect(bytes[r] == subject.make<Sink>(context)->write(records[r]),
                         "write: the bytes of a record depend on those before it, which a resumed "
                         "run does not see")) {
      return;
    }
  }
}

}  // namespace leakprobe
