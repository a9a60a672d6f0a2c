#include "report/group_report.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "compose/claim.h"
#include "records/claim_result.h"
#include "report/conclusion.h"
#include "report/sample_value.h"

namespace leakprobe {
namespace {

/// {gate: value}
Value gates_of(const RunRecord& run) {
  Value gates = Value::map();
  for (const GateValue& gate : run.gates) gates.set(gate.name, gate.value);
  return gates;
}

/// As measured, or as the experiment states it where the run has no result.
Value claim_of(const RunRecord& run) {
  if (!run.claim.is_null() || run.config == nullptr) return run.claim;
  for (const Value& claim : run.config->find_items("claims")) {
    if (claim.find_text("name") == run.claim_name) return claim;
  }
  const Value* claim = first_claim(*run.config);
  return claim != nullptr ? *claim : Value();
}

/// The keys that say what is claimed, without what was measured.
Value claim_keys(const Value& claim) {
  if (!claim.is_map()) return {};
  Value keys = Value::map();
  for (const char* key : {"set", "prefix", "phase", "at", "minus", "measure"}) {
    if (const Value* value = claim.find(key)) keys.set(key, *value);
  }
  return keys;
}

/// Each value that occurs, once: "float32", or "bfloat16, float32" where runs were pooled.
std::string all_of(const std::vector<RunRecord>& runs, std::string RunRecord::*member) {
  std::set<std::string> values;
  for (const RunRecord& run : runs) values.insert(run.*member);
  values.erase("");
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ", ") + value;
  return text;
}

std::string model_of(const RunGroup& group) {
  for (const RunRecord& run : group.runs) {
    const Value* model = run.config == nullptr ? nullptr : run.config->find("model");
    if (model == nullptr) continue;
    for (const char* key : {"path", "shape", "type"}) {
      const Value* value = model->find(key);
      if (value != nullptr && value->is_string() && !value->as_string().empty()) {
        return value->as_string();
      }
    }
  }
  return "";
}

}  // namespace

GroupReport::GroupReport(const RunGroup& group) : group_(group) {
  SeedMeans leaks, controls, effects;
  bool all_have_control = true;
  for (const RunRecord& run : group.runs) {
    if (claim_.is_null()) claim_ = claim_keys(claim_of(run));
    switch (run.verdict) {
      case RunVerdict::valid:
        ++valid_;
        break;
      case RunVerdict::invalid:
        ++invalid_;
        break;
      case RunVerdict::not_begun:
        ++not_begun_;
        break;
      default:
        ++incomplete_;
    }
    if (run.verdict != RunVerdict::valid || run.claim.is_null()) continue;
    leaks.add(run.seed, *run.claim.find_number("leak"));
    effects.add(run.seed, *run.claim.find_number("effect"));
    const auto control = run.claim.find_number("control_leak");
    if (control) controls.add(run.seed, *control);
    all_have_control = all_have_control && control.has_value();
  }
  read_scale();
  if (!like_) leaks = controls = effects = {};
  leak_ = describe_sample(leaks.values());
  effect_ = describe_sample(effects.values());
  if (all_have_control && leak_.n > 0) control_ = describe_sample(controls.values());
}

void GroupReport::read_scale() {
  bool all_have_chance = true;
  for (const RunRecord& run : group_.runs) {
    if (!run.claim.is_map()) continue;
    measured_ = true;
    const Scale scale(run.claim);
    all_have_chance = all_have_chance && scale.chance;
    like_ = like_ && !scale.is_unlike(scale_);
    if (!scale.unit.empty() || scale_.unit.empty()) scale_ = scale;
  }
  if (!all_have_chance) scale_.chance.reset();
}

std::optional<double> GroupReport::p() const {
  if (!effect_.t_test) return std::nullopt;
  return effect_.t_test->two_sided;
}

Value GroupReport::gates_in(std::vector<std::string> RunRecord::*names, bool valid) const {
  Value gates = Value::list();
  std::set<std::string> known;
  for (const RunRecord& run : group_.runs) {
    if (valid && run.verdict != RunVerdict::valid) continue;
    for (const std::string& gate : run.*names) {
      if (known.insert(gate).second) gates.push_back(gate);
    }
  }
  return gates;
}

std::string GroupReport::caveats(const Value& missed) const {
  std::string words;
  if (const size_t count = missed.as_list().size(); count > 0) {
    words += count == 1 ? " But a waived gate missed its bound."
                        : " But waived gates missed their bounds.";
  }
  for (const RunRecord& run : group_.runs) {
    if (run.verdict != RunVerdict::valid || !run.claim.is_map()) continue;
    const std::string never_pushed = never_pushed_words(run.claim);
    const Value::List& own = run.claim.find_items("caveats");
    if (std::find(own.begin(), own.end(), Value(never_pushed)) == own.end()) continue;
    return words + " " + never_pushed;
  }
  return words;
}

Value GroupReport::gates() const {
  struct Sample {
    std::string name, unit;
    SeedMeans values;
    bool like = true;
  };
  std::vector<Sample> samples;
  for (const RunRecord& run : group_.runs) {
    if (run.verdict != RunVerdict::valid) continue;
    for (const GateValue& gate : run.gates) {
      auto sample = std::find_if(samples.begin(), samples.end(),
                                 [&](const Sample& known) { return known.name == gate.name; });
      if (sample == samples.end()) {
        sample = samples.insert(sample, {gate.name, gate.unit, {}});
      }
      sample->values.add(run.seed, gate.value);
      sample->like = sample->like && sample->unit == gate.unit;
    }
  }
  Value gates = Value::map();
  for (const Sample& sample : samples) {
    if (!sample.like) continue;
    const SampleStatistics statistics = describe_mean(sample.values.values());
    Value value = Value::map();
    value.set("unit", sample.unit.empty() ? Value() : Value(sample.unit));
    value.set("mean", or_null(statistics.mean));
    value.set("sd", or_null(statistics.sd));
    gates.set(sample.name, std::move(value));
  }
  return gates;
}

Value GroupReport::parameters() const {
  for (const RunRecord& run : group_.runs) {
    if (!run.parameters.is_null()) return run.parameters;
  }
  return {};
}

Value GroupReport::runs() const {
  Value runs = Value::list();
  for (const RunRecord& run : group_.runs) {
    Value value = Value::map();
    value.set("directory", run.directory.string());
    value.set("seed", run.seed);
    value.set("verdict", word_of(run.verdict));
    value.set("reasons", reasons_value(&run));
    value.set("waived", Value::List(run.waived.begin(), run.waived.end()));
    value.set("missed", Value::List(run.missed.begin(), run.missed.end()));
    value.set("gates", gates_of(run));
    for (const char* key : {"leak", "control_leak", "effect", "step"}) {
      const Value* measured = run.claim.find(key);
      value.set(key, measured ? *measured : Value());
    }
    runs.push_back(std::move(value));
  }
  return runs;
}

Value GroupReport::statistics(std::optional<double> p_holm, std::optional<double> power) const {
  if (effect_.n == 0) return {};
  Value value = Value::map();
  value.set("n", effect_.n);
  // exp of a log-probability alone is no increase over anything.
  const bool relative = scale_.log_probability && scale_.chance;
  value.set("leak", sample_value(leak_, relative));
  value.set("control", control_ ? sample_value(*control_, relative) : Value());
  value.set("effect", sample_value(effect_, scale_.log_probability && (control_ || relative)));
  value.set("p_holm", or_null(p_holm));
  value.set("gates", gates());
  if (power) {
    const auto seeds = effect_.t_test && effect_.sd
                           ? seeds_needed(*effect_.mean, *effect_.sd, *power)
                           : std::nullopt;
    value.set("power", *power);
    value.set("seeds_needed", seeds ? Value(*seeds) : Value());
  }
  return value;
}

Value GroupReport::value(std::optional<double> p_holm, std::optional<double> power) const {
  Value labels = Value::map();
  for (const auto& [axis, label] : group_.labels) labels.set(axis, label);
  Value counts = Value::map();
  counts.set("valid", valid_);
  counts.set("invalid", invalid_);
  counts.set("incomplete", incomplete_);
  counts.set("not_begun", not_begun_);
  Value missed = gates_in(&RunRecord::missed, true);
  Conclusion conclusion =
      like_ ? conclude(claim_, scale_, leak_, control_, effect_, p_holm)
            : Conclusion{"none", "No conclusion: its runs were measured in different units."};
  if (conclusion.finding != "none") conclusion.text += caveats(missed);

  Value value = Value::map();
  value.set("label", group_.label);
  value.set("labels", std::move(labels));
  value.set("configuration", group_.runs.front().digest);
  value.set("claim", claim_);
  const std::string& claim_name = group_.runs.front().claim_name;
  if (!claim_name.empty()) value.set("claim_name", claim_name);
  value.set("unit", scale_.unit.empty() ? Value() : Value(scale_.unit));
  value.set("direction", measured_ ? Value(word_of(scale_.direction)) : Value());
  value.set("log_probability", scale_.log_probability);
  value.set("above_chance", scale_.chance.has_value());
  value.set("waived", gates_in(&RunRecord::waived, false));
  value.set("missed", std::move(missed));
  value.set("model", model_of(group_));
  value.set("parameters", parameters());
  value.set("compute", all_of(group_.runs, &RunRecord::compute));
  value.set("device", all_of(group_.runs, &RunRecord::device));
  value.set("cpu", all_of(group_.runs, &RunRecord::processor));
  value.set("runs", runs());
  value.set("counts", std::move(counts));
  value.set("statistics", statistics(p_holm, power));
  value.set("finding", conclusion.finding);
  value.set("conclusion", conclusion.text);
  return value;
}

}  // namespace leakprobe
