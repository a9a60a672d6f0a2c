#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compose/words.h"
#include "leakprobe/host/report.h"
#include "leakprobe/host/workbench.h"
#include "report/claims.h"
#include "report/conclusion.h"
#include "report/find_runs.h"
#include "report/group_report.h"
#include "report/groups.h"
#include "report/sample_value.h"
#include "text/quote.h"

namespace leakprobe::host {
namespace {

namespace fs = std::filesystem;

/// The cases of the other axes and the seed: what two runs of a pair have in common.
using Block = std::pair<RunLabels, int64_t>;
/// The runs of each block by their case of the axis.
using Blocks = std::map<Block, std::map<std::string, const RunRecord*>>;

/// A sweep puts its folder below that of its runs, which is easily named in its place.
std::vector<std::string> sweeps_below(const fs::path& directory) {
  std::vector<std::string> sweeps;
  std::error_code unreadable;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(directory / "sweeps", unreadable)) {
    if (is_sweep_folder(entry.path())) sweeps.push_back(entry.path().string());
  }
  std::ranges::sort(sweeps);
  return sweeps;
}

const SweepRecord::Axis& axis_called(const std::string& name, const FoundRuns& found,
                                     const std::string& directory) {
  std::vector<std::string> names;
  for (const SweepRecord::Axis& axis : found.axes) {
    if (axis.name == name) return axis;
    names.push_back(axis.name);
  }
  if (name == "seed") throw UsageError("runs are paired by their seed, so it cannot be compared");
  std::string hint = suggest(name, names, "its axes");
  if (hint.empty()) {
    const std::vector<std::string> sweeps = sweeps_below(directory);
    hint = "name the folder of a sweep" +
           (sweeps.empty() ? std::string() : ", here " + enumerate(sweeps));
  }
  throw UsageError(directory + ": has no axis " + quote(name) + "; " + hint);
}

Blocks blocks_of(const std::vector<RunGroup>& groups, const std::string& axis) {
  Blocks blocks;
  for (const RunGroup& group : groups) {
    RunLabels others;
    std::optional<std::string> own;
    for (const auto& label : group.labels) {
      if (label.first == axis) {
        own = label.second;
      } else {
        others.push_back(label);
      }
    }
    if (!own) continue;  // of a sweep beside it that has no such axis
    for (const RunRecord& run : group.runs) blocks[{others, run.seed}][*own] = &run;
  }
  return blocks;
}

const RunRecord* run_of(const std::map<std::string, const RunRecord*>& runs,
                        const std::string& label) {
  const auto found = runs.find(label);
  return found == runs.end() ? nullptr : found->second;
}

std::optional<double> effect_in(const RunRecord* run) {
  if (run == nullptr || run->verdict != RunVerdict::valid) return std::nullopt;
  const Value* effect = run->claim.find("effect");
  if (effect == nullptr || effect->is_null()) return std::nullopt;
  return effect->as_number();
}

std::string word_of(const RunRecord* run) {
  return run == nullptr ? "absent" : word_of(run->verdict);
}

/// Two cases of the axis, block by block. Runs of one seed resemble one another whatever the other
/// axes are, so that a seed counts once, with the mean over its blocks.
class Comparison {
 public:
  Comparison(const Blocks& blocks, std::string a, std::string b)
      : a_(std::move(a)), b_(std::move(b)) {
    SeedMeans differences;
    for (const auto& [block, runs] : blocks) {
      const RunRecord* first = run_of(runs, a_);
      const RunRecord* second = run_of(runs, b_);
      const auto effect = effect_in(first), other = effect_in(second);
      Value entry = Value::map();
      entry.set("labels", labels_value(block.first));
      entry.set("seed", block.second);
      // Two labels of one configuration: that it equals itself is no finding.
      const bool same =
          first != nullptr && second != nullptr && first->directory == second->directory;
      one_configuration_ = one_configuration_ || same;
      if (same || !effect || !other) {
        entry.set("a", same ? "the same run" : word_of(first));
        entry.set("b", same ? "the same run" : word_of(second));
        entry.set("a_reasons", reasons_value(same ? nullptr : first));
        entry.set("b_reasons", reasons_value(same ? nullptr : second));
        left_out_.push_back(std::move(entry));
        continue;
      }
      const double difference = *effect - *other;
      differences.add(block.second, difference);
      entry.set("a", *effect);
      entry.set("b", *other);
      entry.set("difference", std::isfinite(difference) ? Value(difference) : Value());
      pairs_.push_back(std::move(entry));
    }
    statistics_ = describe_sample(differences.values());
  }

  /// Of the sign-flip test, which asks nothing of how the differences are distributed.
  std::optional<double> p() const {
    if (!statistics_.sign_flip) return std::nullopt;
    return statistics_.sign_flip->two_sided;
  }

  Value value(std::optional<double> p_holm, size_t tests, const Scale& scale) const {
    Value value = Value::map();
    value.set("a", a_);
    value.set("b", b_);
    value.set("pairs", pairs_);
    value.set("left_out", left_out_);
    value.set("seeds", statistics_.n);
    value.set("statistics", statistics_.n > 0 ? sample_value(statistics_, false) : Value());
    value.set("p_holm", p_holm ? Value(*p_holm) : Value());
    value.set("conclusion", conclusion(p_holm, tests, scale));
    return value;
  }

 private:
  std::string conclusion(std::optional<double> p_holm, size_t tests, const Scale& scale) const {
    if (statistics_.n == 0 && one_configuration_) {
      return "No conclusion: the two cases are one configuration.";
    }
    if (statistics_.n == 0) return "No conclusion: no pair of VALID runs with a claim.";
    if (statistics_.n == 1) return "No conclusion: one seed is an example, not evidence.";
    if (!p_holm) return "No conclusion: " + statistics_.undefined + ".";
    if (*p_holm < kSignificance) {
      return comparison_words(a_, b_, *statistics_.mean, scale);
    }
    const double smallest = std::ldexp(static_cast<double>(tests),
                                       1 - static_cast<int>(std::min(statistics_.n, int64_t{100})));
    if (smallest >= kSignificance) return "Undecided: so few seeds cannot decide it.";
    return "Undecided: the two effects are not distinguishable.";
  }

  const std::string a_, b_;
  Value pairs_ = Value::list(), left_out_ = Value::list();
  bool one_configuration_ = false;  ///< in some pair
  SampleStatistics statistics_;
};

/// What is claimed, and the scale of its numbers. Throws UsageError where the configurations
/// measure on scales of which no difference can be taken.
std::pair<Value, Scale> claim_of(const std::vector<RunGroup>& groups,
                                 std::vector<std::string>& notes) {
  Value claim;
  Scale scale;
  bool differ = false;
  for (const RunGroup& group : groups) {
    const GroupReport report(group);
    const Value value = report.value(std::nullopt, std::nullopt);
    const Value& own = value.at("claim");
    if (claim.is_null()) claim = own;
    differ = differ || (!own.is_null() && own != claim);
    if (!report.scale().unit.empty() && scale.unit.empty()) scale = report.scale();
    if (!report.scale().is_unlike(scale)) continue;
    throw UsageError("'" + group.label + "' is measured in " + report.scale().unit +
                     " and others in " + scale.unit + ": they cannot be compared");
  }
  if (differ) notes.push_back("the configurations make different claims");
  return {claim, scale};
}

}  // namespace

Value compare_along(const fs::path& directory, const std::string& axis_name,
                    const std::string& claim_name) {
  FoundRuns found = find_runs({directory});
  const SweepRecord::Axis axis = axis_called(axis_name, found, directory.string());
  std::vector<std::string> notes = std::move(found.notes);
  const std::vector<RunGroup> groups = group_runs(with_claim(found.runs, claim_name), {}, notes);
  const auto [claim, scale] = claim_of(groups, notes);
  const Blocks blocks = blocks_of(groups, axis.name);

  std::vector<Comparison> comparisons;
  for (size_t i = 0; i < axis.cases.size(); ++i) {
    for (size_t k = i + 1; k < axis.cases.size(); ++k) {
      comparisons.emplace_back(blocks, axis.cases[i], axis.cases[k]);
    }
  }
  std::vector<std::optional<double>> p;
  for (const Comparison& comparison : comparisons) p.push_back(comparison.p());
  const std::vector<std::optional<double>> adjusted = holm_adjusted(p);
  const auto tests = static_cast<size_t>(
      std::count_if(p.begin(), p.end(), [](const auto& one) { return one.has_value(); }));

  Value over = Value::list(), cases = Value::list(), list = Value::list(), texts = Value::list();
  for (const SweepRecord::Axis& other : found.axes) {
    if (other.name != axis.name) over.push_back(other.name);
  }
  for (const std::string& label : axis.cases) cases.push_back(label);
  for (size_t i = 0; i < comparisons.size(); ++i) {
    list.push_back(comparisons[i].value(adjusted[i], tests, scale));
  }
  for (const std::string& note : notes) texts.push_back(note);
  Value value = Value::map();
  value.set("version", 1);
  value.set("leakprobe", version());
  value.set("directory", directory.string());
  value.set("axis", axis.name);
  value.set("cases", std::move(cases));
  value.set("over", std::move(over));
  value.set("claim", claim);
  std::string shown_claim = claim_name;
  for (const RunGroup& group : groups) {
    if (shown_claim.empty()) shown_claim = group.runs.front().claim_name;
  }
  say_claim(value, shown_claim, all_claim_names(found.runs));
  scale.write(value);
  value.set("comparisons", std::move(list));
  value.set("notes", std::move(texts));
  return value;
}

}  // namespace leakprobe::host
