#include "run/journal.h"

#include <utility>

#include "compose/file_names.h"
#include "records/step_record.h"

namespace leakprobe {

Journal::Journal(std::filesystem::path directory, std::vector<JournalSink> sinks)
    : directory_(std::move(directory)), sinks_(std::move(sinks)) {}

void Journal::open(const WrittenFiles& written) {
  for (const char* name : {kMetricsFile, kTimingFile, kItemsFile}) open_file(name, written);
  if (written.count(kSamplesFile) > 0) open_file(kSamplesFile, written);
  for (const auto& [sink, file] : sinks_) {
    if (!file.empty() && open_file(file, written)) files_.at(file).append(sink->beginning());
  }
}

bool Journal::open_file(const std::string& name, const WrittenFiles& written) {
  const auto then = written.find(name);
  const bool is_new = then == written.end();
  files_.try_emplace(name, directory_ / name, is_new ? Written() : then->second);
  return is_new;
}

WrittenFiles Journal::written() {
  WrittenFiles written;
  for (auto& [name, file] : files_) written.emplace(name, file.written());
  return written;
}

void Journal::write(const Value& record) {
  files_.at(kMetricsFile).append_line(record);
  for (const auto& [sink, file] : sinks_) {
    const std::string bytes = sink->write(record);
    if (!file.empty()) files_.at(file).append(bytes);
  }
}

void Journal::items(const ItemsRecord& record) {
  files_.at(kItemsFile).append_line(record.to_value());
}

void Journal::samples(const std::vector<SampleRecord>& records) {
  if (records.empty()) return;
  if (files_.count(kSamplesFile) == 0) open_file(kSamplesFile, {});
  for (const SampleRecord& record : records) files_.at(kSamplesFile).append_line(record.to_value());
}

void Journal::step(const ComposedPhase& phase, int64_t step, const StepReport& report,
                   double seconds) {
  write(StepRecord{phase.name, step, report.rate, report.loss, report.gradient_norm, report.terms}
            .to_value());
  Value timing = Value::map();
  timing.set("record", "step");
  timing.set("phase", phase.name);
  timing.set("step", step);
  timing.set("seconds", seconds);
  timing.set("sampling", report.times.sampling);
  timing.set("reference", report.times.reference);
  timing.set("forward", report.times.forward);
  timing.set("head", report.times.head);
  timing.set("backward", report.times.backward);
  timing.set("optimizer", report.times.optimizer);
  Value positions = Value::list();
  for (const int64_t count : report.positions) positions.push_back(count);
  timing.set("positions", std::move(positions));
  files_.at(kTimingFile).append_line(timing);
}

void Journal::evaluations(const ComposedPhase& phase, int64_t step, const Evaluator& evaluator,
                          const std::vector<Evaluation>& evaluations, double seconds) {
  if (evaluations.empty()) return;
  Value timing = Value::map();
  timing.set("record", "evaluation");
  timing.set("phase", phase.name);
  timing.set("step", step);
  timing.set("seconds", seconds);
  files_.at(kTimingFile).append_line(timing);
  for (const Evaluation& evaluation : evaluations) {
    write(evaluator.record(evaluation).to_value());
    if (!evaluation.end) continue;
    for (const ProbeValue& value : evaluation.values) {
      items(evaluator.items_record(evaluation, value));
    }
  }
}

void Journal::result(Value result) {
  result.set("v", 1);
  result.set("record", "result");
  write(result);
}

}  // namespace leakprobe
