#include "run/journal.h"

#include <system_error>
#include <utility>

#include "format/files.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

constexpr const char* kSinkFiles = "files_of_sinks";

std::string sink_key(size_t sink) { return "sink" + std::to_string(sink); }

}  // namespace

void Journal::open(const std::optional<Value>& positions) {
  const auto written = [&](const char* name) {
    return positions ? Written::of(positions->mapping(name)) : Written();
  };
  metrics_.emplace(directory_ / "metrics.jsonl", written("metrics"));
  timing_.emplace(directory_ / "timing.jsonl", written("timing"));
  items_.emplace(directory_ / "items.jsonl", written("items"));
  if (positions) require_sink_files(*positions);
  for (size_t s = 0; s < sinks_.size(); ++s) {
    const std::string key = sink_key(s);
    sinks_[s]->open(directory_, positions && positions->has(key) ? positions->integer(key, 0) : 0);
  }
}

Value Journal::positions() {
  Value positions = Value::map();
  positions.set("metrics", metrics_->written().to_value());
  positions.set("timing", timing_->written().to_value());
  positions.set("items", items_->written().to_value());
  for (size_t s = 0; s < sinks_.size(); ++s) {
    positions.set(sink_key(s), sinks_[s]->position());
  }
  WrittenFiles files;
  std::error_code ignored;
  for (const std::string& name : sink_files_) {
    const std::filesystem::path file = directory_ / name;
    if (std::filesystem::is_regular_file(file, ignored)) files[name] = written_now(file);
  }
  positions.set(kSinkFiles, to_value(files));
  return positions;
}

/// A sink itself may only look at how long its file is.
void Journal::require_sink_files(const Value& positions) const {
  const WrittenFiles files = written_files(positions.mapping(kSinkFiles));
  for (const std::string& name : sink_files_) {
    const auto then = files.find(name);
    if (then == files.end()) continue;
    if (!is_there(directory_ / name)) {
      throw Error((directory_ / name).string() +
                  ": is gone, so records were lost; start the run anew with --fresh");
    }
    ContentHash hash;  // what a sink wrote behind that will be cut off
    require_begin(directory_ / name, then->second, hash);
  }
}

void Journal::check(const Value& positions) {
  for (const char* file : {"metrics", "timing", "items"}) Written::of(positions.mapping(file));
  for (const Value::Entry& entry : positions.entries()) {
    if (entry.key.starts_with("sink")) positions.integer(entry.key, 0);
  }
  written_files(positions.mapping(kSinkFiles));
}

void Journal::write(const Value& record) {
  metrics_->write(record);
  for (const std::shared_ptr<Sink>& sink : sinks_) sink->write(record);
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
  timing.set("reference", report.times.reference);
  timing.set("forward", report.times.forward);
  timing.set("head", report.times.head);
  timing.set("backward", report.times.backward);
  timing.set("optimizer", report.times.optimizer);
  Value positions = Value::list();
  for (const int64_t count : report.positions) positions.push_back(count);
  timing.set("positions", std::move(positions));
  timing_->write(timing);
}

void Journal::evaluations(const ComposedPhase& phase, int64_t step, const Evaluator& evaluator,
                          const std::vector<Evaluation>& evaluations, double seconds) {
  if (evaluations.empty()) return;
  Value timing = Value::map();
  timing.set("record", "evaluation");
  timing.set("phase", phase.name);
  timing.set("step", step);
  timing.set("seconds", seconds);
  timing_->write(timing);
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
