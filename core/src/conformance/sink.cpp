#include <string>
#include <utility>
#include <vector>

#include "compose/run_files.h"
#include "config/names.h"
#include "conformance/laws.h"
#include "leakprobe/kit/test_context.h"
#include "plugin/contract.h"
#include "records/evaluation_record.h"

namespace leakprobe {
namespace {
namespace sink_laws {

constexpr const char* kHeader = "leakprobe/sink.h";

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

void ask(Sink& sink, Answers& answers) {
  answers.add("beginning", sink.beginning());
  size_t number = 0;
  for (const Value& record : records_of_a_run()) {
    answers.add("write: record " + std::to_string(number++) + " of a run, of the kind " +
                    record.text("record"),
                sink.write(record));
  }
}

void file(const Subject& subject, Findings& findings) {
  const std::string& name = subject.facts_as<SinkFacts>().file;
  if (name.empty()) return findings.pass_over("it keeps nothing in the run's folder");
  const std::string fault = name_fault(name);
  findings.expect(fault.empty(), "facts: its file's name " + fault);
  findings.expect(!is_engine_file(name), "facts: the file " + name + " is the engine's own");
}

void bytes(const Subject& subject, Findings& findings) {
  const auto& facts = subject.facts_as<SinkFacts>();
  const kit::TestContext context;
  const auto sink = subject.make<Sink>(context);
  findings.expect_none(fault_of_bytes("beginning", sink->beginning(), facts));
  for (const Value& record : records_of_a_run()) {
    if (!findings.expect_none(fault_of_bytes("write", sink->write(record), facts))) return;
  }
}

/// As where a run is resumed: who goes on has not seen the records before.
void each_by_itself(const Subject& subject, Findings& findings) {
  const kit::TestContext context;
  const auto sink = subject.make<Sink>(context);
  const std::vector<Value> records = records_of_a_run();
  for (size_t r = 0; r < records.size(); ++r) {
    const std::string written = sink->write(records[r]);
    if (r == 0) continue;
    if (!findings.expect(written == subject.make<Sink>(context)->write(records[r]),
                         "write: the bytes of a record depend on those before it, which a resumed "
                         "run does not see")) {
      return;
    }
  }
}

}  // namespace sink_laws
}  // namespace

KindKit sink_kit() {
  using namespace sink_laws;
  return {{{{"file", "The file of the facts is a name, no path, and none of the engine's own.",
             kHeader},
            file},
           {{"bytes", "What a sink gives is for the file that its facts name.", kHeader}, bytes},
           {{"each_by_itself", "The bytes of a record depend on this record and the options alone.",
             kHeader},
            each_by_itself}},
          [](const Subject& subject) {
            Interview talk = interview<Sink>(subject, ask);
            // What a record's bytes may depend on, its own law tells.
            talk.keeps_state = true;
            return talk;
          }};
}

}  // namespace leakprobe
