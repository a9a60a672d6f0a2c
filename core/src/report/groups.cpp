#include "report/groups.h"

#include <algorithm>
#include <map>
#include <set>

#include "compose/differences.h"
#include "leakprobe/host/workbench.h"

namespace leakprobe {
namespace {

/// Keys that tell an experiment's variants apart in a label; more would not be read.
constexpr size_t kMostKeysInALabel = 3;
constexpr size_t kMostDifferencesInAnError = 5;

bool is_finished(const RunRecord& run) {
  return run.verdict == RunVerdict::valid || run.verdict == RunVerdict::invalid;
}

/// Whether nothing says that the run was computed by another build than those of the group.
bool is_of_one_build(const RunGroup& group, const RunRecord& run) {
  return std::all_of(group.runs.begin(), group.runs.end(), [&](const RunRecord& other) {
    return run.build.empty() || other.build.empty() || other.build == run.build;
  });
}

std::string joined(const RunLabels& labels) {
  std::string text;
  for (const auto& [axis, label] : labels) {
    text += (text.empty() ? "" : ", ") + axis + "=" + label;
  }
  return text;
}

/// The configuration; null where it is not known, as of a run that has not begun.
const Value& config_of(const RunGroup& group) {
  static const Value unknown;
  for (const RunRecord& run : group.runs) {
    if (run.config != nullptr) return *run.config;
  }
  return unknown;
}

/// Nothing where one is not known.
std::vector<Difference> between(const RunGroup& a, const RunGroup& b) {
  const Value& first = config_of(a);
  const Value& second = config_of(b);
  if (first.is_null() || second.is_null()) return {};
  return differences(first, second);
}

bool may_be_pooled(const std::vector<Difference>& found, const std::vector<std::string>& pool) {
  return !found.empty() && std::all_of(found.begin(), found.end(), [&](const Difference& one) {
    return std::find(pool.begin(), pool.end(), pooled_kind(one.path)) != pool.end();
  });
}

[[noreturn]] void refuse(const RunGroup& a, const RunGroup& b) {
  const std::vector<Difference> found = between(a, b);
  std::string what, advice;
  std::set<std::string> kinds;
  for (const Difference& difference : found) kinds.insert(pooled_kind(difference.path));
  for (size_t i = 0; i < std::min(found.size(), kMostDifferencesInAnError); ++i) {
    what += (i > 0 ? "; " : ": ") + text_of(found[i]);
  }
  if (!kinds.empty() && !kinds.contains("")) {
    for (const std::string& kind : kinds) advice += (advice.empty() ? "" : ",") + kind;
    advice = "; report them apart, or together with --pool " + advice;
  } else {
    advice = "; report them apart, or set them side by side with 'leakprobe compare'";
  }
  throw host::UsageError("'" + a.label + "' stands for two configurations, of " +
                         a.runs.front().directory.string() + " and " +
                         b.runs.front().directory.string() + what + advice);
}

/// Leaves one run of each configuration and seed: the first that finished.
void drop_repeated(RunGroup& group, std::vector<std::string>& notes) {
  std::vector<RunRecord> kept;
  for (RunRecord& run : group.runs) {
    const auto twin = std::find_if(kept.begin(), kept.end(), [&](const RunRecord& other) {
      return other.seed == run.seed && other.digest == run.digest;
    });
    if (twin == kept.end()) {
      kept.push_back(std::move(run));
      continue;
    }
    if (!is_finished(*twin) && is_finished(run)) std::swap(*twin, run);
    notes.push_back(run.directory.string() + ": has the configuration and seed of " +
                    twin->directory.string() + ", so it does not count");
  }
  std::stable_sort(kept.begin(), kept.end(),
                   [](const RunRecord& a, const RunRecord& b) { return a.seed < b.seed; });
  for (size_t i = 1; i < kept.size(); ++i) {
    if (kept[i].seed != kept[i - 1].seed) continue;
    notes.push_back(
        "'" + group.label + "' pools several runs of one seed, such as " +
        std::to_string(kept[i].seed) +
        ", which are not independent: each seed counts once, with the mean of its runs");
    break;
  }
  group.runs = std::move(kept);
}

/// Gives the variants of one experiment labels that tell them apart.
void tell_apart(const std::vector<RunGroup*>& variants) {
  std::vector<std::string> paths;
  for (const RunGroup* variant : variants) {
    for (const Difference& difference : between(*variants.front(), *variant)) {
      if (std::find(paths.begin(), paths.end(), difference.path) == paths.end()) {
        paths.push_back(difference.path);
      }
    }
  }
  std::set<std::string> labels;
  for (RunGroup* variant : variants) {
    std::string keys;
    size_t count = 0;
    for (const std::string& path : paths) {
      const Value value = value_at(config_of(*variant), path);
      if (value.is_null() || value.is_map() || count == kMostKeysInALabel) continue;
      keys += (count++ > 0 ? ", " : "") + path + "=" +
              (value.is_string() ? value.as_string() : to_json(value));
    }
    const std::string& digest = variant->runs.front().digest;
    std::string label = variant->label + " (" + (keys.empty() ? digest : keys) + ")";
    if (!labels.insert(label).second) label = variant->label + " (" + keys + ", " + digest + ")";
    variant->label = std::move(label);
  }
}

}  // namespace

std::vector<RunGroup> group_runs(std::vector<FoundRun> runs, const std::vector<std::string>& pool,
                                 std::vector<std::string>& notes) {
  std::vector<RunGroup> groups;
  std::map<std::pair<RunLabels, std::string>, std::vector<size_t>> by_configuration;
  std::map<std::string, std::set<std::string>> claims;  // of a configuration
  for (const FoundRun& run : runs) claims[run.record.digest].insert(run.record.claim_name);
  for (FoundRun& run : runs) {
    const std::string& claim = run.record.claim_name;
    std::vector<size_t>& builds = by_configuration[{run.labels, run.record.digest + '\n' + claim}];
    auto at = std::find_if(builds.begin(), builds.end(), [&](const size_t group) {
      return is_of_one_build(groups[group], run.record);
    });
    if (at == builds.end()) {
      at = builds.insert(at, groups.size());
      std::string label = run.labels.empty() ? run.record.name : joined(run.labels);
      if (claims.at(run.record.digest).size() > 1) label += ": " + claim;
      groups.push_back({label, run.labels, {}});
    }
    groups[*at].runs.push_back(std::move(run.record));
  }

  std::vector<RunGroup> pooled;
  for (RunGroup& group : groups) {
    const auto same = std::find_if(pooled.begin(), pooled.end(), [&](const RunGroup& other) {
      if (other.label != group.label || other.labels != group.labels) return false;
      if (!pool.empty() && may_be_pooled(between(other, group), pool)) return true;
      if (!group.labels.empty()) refuse(other, group);
      return false;
    });
    if (same == pooled.end()) {
      pooled.push_back(std::move(group));
    } else {
      std::move(group.runs.begin(), group.runs.end(), std::back_inserter(same->runs));
    }
  }

  std::map<std::string, std::vector<RunGroup*>> by_label;
  for (RunGroup& group : pooled) by_label[group.label].push_back(&group);
  for (const auto& [label, variants] : by_label) {
    if (variants.size() > 1) tell_apart(variants);
  }
  for (RunGroup& group : pooled) drop_repeated(group, notes);
  return pooled;
}

}  // namespace leakprobe
