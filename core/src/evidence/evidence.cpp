#include "evidence/evidence.h"

#include <algorithm>

#include "compose/probes.h"
#include "compose/scale.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

Value to_value(const std::optional<Reading>& reading) {
  if (!reading) return nullptr;
  Value value = Value::map();
  value.set("value", reading->value);
  value.set("step", reading->step);
  return value;
}

std::optional<Reading> reading_from(const Value& series, const char* key) {
  if (!series.has(key)) return std::nullopt;
  const Value& reading = series.mapping(key);
  return Reading{reading.number("value"), reading.integer("step", kBeforeFirstStep)};
}

Value to_value(const std::map<std::string, double>& metrics) {
  Value value = Value::map();
  for (const auto& [name, number] : metrics) value.set(name, number);
  return value;
}

std::map<std::string, double> metrics_from(const Value& value) {
  std::map<std::string, double> metrics;
  for (const Value::Entry& entry : value.entries()) metrics[entry.key] = value.number(entry.key);
  return metrics;
}

/// Where the last tenth of the phase's steps begins, which is one step at least.
int64_t first_late_step(const Composition& composition, const std::string& phase) {
  const auto found =
      std::find_if(composition.phases.begin(), composition.phases.end(),
                   [&](const ComposedPhase& candidate) { return candidate.name == phase; });
  LEAKPROBE_CHECK(found != composition.phases.end(), "steps of a phase that is not run");
  return found->steps - std::max<int64_t>(1, found->steps / 10);
}

}  // namespace

void Evidence::add(const Evaluation& evaluation) {
  const auto probe = std::find_if(
      composition_.probes.begin(), composition_.probes.end(),
      [&](const ComposedProbe& candidate) { return candidate.name == evaluation.probe; });
  const ProbeFacts& facts = probe->probe.facts();
  const Scale scale(facts, composition_.task.facts());
  for (const ProbeValue& value : evaluation.values) {
    const Key key = {evaluation.probe, evaluation.phase, value.cell.name(), value.cell.prefix};
    if (add(evaluation, key, value.value, scale)) series_[key].best_items = value.items;
    for (size_t a = 0; a < facts.aggregates.size(); ++a) {
      Key own = key;
      own.push_back(facts.aggregates[a].name);
      add(evaluation, own, value.aggregates[a],
          Scale(facts, composition_.task.facts(), facts.aggregates[a].name));
    }
  }
}

bool Evidence::add(const Evaluation& evaluation, const Key& key, double value, const Scale& scale) {
  Series& series = series_[key];
  const Reading reading{value, evaluation.step};
  if (evaluation.step == kBeforeFirstStep) series.start = reading;
  if (evaluation.end) series.end = reading;
  if (!evaluation.regular || (series.best && !scale.is_more(value, series.best->value))) {
    return false;
  }
  series.best = reading;
  return true;
}

void Evidence::add_step(const std::string& phase, int64_t step, const std::string& term,
                        const std::map<std::string, double>& metrics) {
  Metrics& kept = metrics_[{phase, term}];
  if (step == 0) kept = {};
  // A batch may lack what the metric is of: its first value counts.
  kept.first.insert(metrics.begin(), metrics.end());
  if (step < first_late_step(composition_, phase)) return;
  for (const auto& [name, number] : metrics) {
    Mean& mean = kept.late[name];
    mean.sum += number;
    ++mean.count;
  }
}

const ComposedProbe* Evidence::probe_of(const std::string& measure,
                                        const std::string& phase) const {
  return find_probe(composition_.probes, measure, phase);
}

std::optional<Reading> Evidence::read(const std::string& measure, const std::string& phase,
                                      const Cell& cell, Endpoint at) const {
  const ComposedProbe* probe = probe_of(measure, phase);
  if (!probe) return std::nullopt;
  Key key = {probe->name, phase, cell.name(), cell.prefix};
  if (const std::string aggregate = measure_of(measure).aggregate; !aggregate.empty()) {
    key.push_back(aggregate);
  }
  return reading(key, at);
}

std::optional<Reading> Evidence::reading(const std::string& probe, const std::string& phase,
                                         const Cell& cell, Endpoint at) const {
  return reading({probe, phase, cell.name(), cell.prefix}, at);
}

std::optional<Reading> Evidence::reading(const Key& key, Endpoint at) const {
  const auto found = series_.find(key);
  if (found == series_.end()) return std::nullopt;
  switch (at) {
    case Endpoint::start:
      return found->second.start;
    case Endpoint::end:
      return found->second.end;
    case Endpoint::maximum:
      return found->second.best;
  }
  return std::nullopt;
}

std::optional<double> Evidence::metric(const std::string& phase, const std::string& term,
                                       const std::string& name, Endpoint at) const {
  LEAKPROBE_CHECK(at != Endpoint::maximum, "a step's metric has no maximum");
  const auto found = metrics_.find({phase, term});
  if (found == metrics_.end()) return std::nullopt;
  if (at == Endpoint::start) {
    const auto value = found->second.first.find(name);
    if (value == found->second.first.end()) return std::nullopt;
    return value->second;
  }
  const auto mean = found->second.late.find(name);
  if (mean == found->second.late.end()) return std::nullopt;
  return mean->second.sum / static_cast<double>(mean->second.count);
}

bool Evidence::has_metrics(const std::string& phase, const std::string& term) const {
  return metrics_.count({phase, term}) > 0;
}

const std::vector<double>* Evidence::best_items(const std::string& probe, const std::string& phase,
                                                const Cell& cell) const {
  const auto found = series_.find({probe, phase, cell.name(), cell.prefix});
  if (found == series_.end() || !found->second.best) return nullptr;
  return &found->second.best_items;
}

Value Evidence::state() const {
  Value series = Value::list();
  for (const auto& [key, kept] : series_) {
    Value entry = Value::map();
    Value names = Value::list();
    for (const std::string& name : key) names.push_back(name);
    entry.set("key", std::move(names));
    entry.set("start", to_value(kept.start));
    entry.set("end", to_value(kept.end));
    entry.set("best", to_value(kept.best));
    Value items = Value::list();
    for (const double item : kept.best_items) items.push_back(item);
    entry.set("best_items", std::move(items));
    series.push_back(std::move(entry));
  }
  Value metrics = Value::list();
  for (const auto& [key, kept] : metrics_) {
    Value entry = Value::map();
    entry.set("phase", key.first);
    entry.set("term", key.second);
    entry.set("first", to_value(kept.first));
    Value late = Value::map();
    for (const auto& [name, mean] : kept.late) {
      Value one = Value::map();
      one.set("sum", mean.sum);
      one.set("count", mean.count);
      late.set(name, std::move(one));
    }
    entry.set("late", std::move(late));
    metrics.push_back(std::move(entry));
  }
  Value state = Value::map();
  state.set("series", std::move(series));
  state.set("metrics", std::move(metrics));
  return state;
}

void Evidence::restore(const Value& state) {
  series_.clear();
  metrics_.clear();
  for (const Value& entry : state.maps("series")) {
    Series& series = series_[entry.texts("key")];
    series.start = reading_from(entry, "start");
    series.end = reading_from(entry, "end");
    series.best = reading_from(entry, "best");
    series.best_items = entry.numbers("best_items");
  }
  for (const Value& entry : state.maps("metrics")) {
    Metrics& kept = metrics_[{entry.text("phase"), entry.text("term")}];
    kept.first = metrics_from(entry.mapping("first"));
    const Value& late = entry.mapping("late");
    for (const Value::Entry& name : late.entries()) {
      const Value& mean = late.mapping(name.key);
      kept.late[name.key] = {mean.number("sum"), mean.integer("count", 1)};
    }
  }
}

}  // namespace leakprobe
