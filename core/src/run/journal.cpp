#include "run/journal.h"

#include <utility>

#include "compose/file_names.h"

namespace leakprobe {

Journal::Journal(std::filesystem::path directory, std::vector<JournalSink> sinks)
    : directory_(std::move(directory)), sinks_(std::move(sinks)) {}

void Journal::open(const WrittenFiles& written) {
  // Gives whether the file begins anew.
  const auto open_file = [&](const std::string& name) {
    const auto then = written.find(name);
    const bool is_new = then == written.end();
    files_.try_emplace(name, directory_ / name, is_new ? Written() : then->second);
    return is_new;
  };
  for (const char* name : {kMetricsFile, kTimingFile, kItemsFile}) open_file(name);
  for (const auto& [sink, file] : sinks_) {
    if (!file.empty() && open_file(file)) files_.at(file).append(sink->beginning());
  }
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

void Journal::step(const ComposedPhase& phase, int64_t step, const StepReport& report,
                   double seconds) {
  Value record = Value::map();
  record.set("v", 1);
  record.set("record", "step");
  record.set("phase", phase.name);
  record.set("step", step);
  record.set("lr", report.rate);
  record.set("loss", report.loss);
  record.set("grad_norm", report.gradient_norm);
  Value terms = Value::map();
  for (const auto& [name, metrics] : report.terms) {
    Value term = Value::map();
    for (const auto& [metric, value] : metrics) term.set(metric, value);
    terms.set(name, std::move(term));
  }
  record.set("terms", std::move(terms));
  write(record);
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
