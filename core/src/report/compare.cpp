#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "compose/differences.h"
#include "leakprobe/error.h"
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

constexpr size_t kMostGroupsInAnError = 12;
constexpr size_t kLeastDigestDigits = 4;

/// "DIR:GROUP" in its parts. A folder's name may hold a colon itself.
std::pair<fs::path, std::string> parts_of(const std::string& side) {
  std::error_code ignored;
  for (size_t end = side.size(); end != std::string::npos && end > 0;
       end = side.rfind(':', end - 1)) {
    const fs::path directory = side.substr(0, end);
    if (fs::is_directory(directory, ignored)) {
      return {directory, end < side.size() ? side.substr(end + 1) : ""};
    }
  }
  return {side, ""};  // find_runs says that there is no such folder
}

/// Whether each "axis=case" in `text` is one of the labels.
bool all_are_labels(const std::string& text, const RunLabels& labels) {
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find(',', begin), text.size());
    std::string part = text.substr(begin, end - begin);
    part.erase(0, part.find_first_not_of(' '));
    if (std::none_of(labels.begin(), labels.end(),
                     [&](const auto& label) { return label.first + "=" + label.second == part; })) {
      return false;
    }
    begin = end + 1;
  }
  return true;
}

bool is_meant(const RunGroup& group, const std::string& text) {
  if (text.empty() || text == group.label || all_are_labels(text, group.labels)) return true;
  return text.size() >= kLeastDigestDigits && group.runs.front().digest.starts_with(text);
}

struct ComparedSide {
  RunGroup group;
  std::vector<std::string> claims;  ///< all that runs of its folder make
};

/// The one group that a side names, with that claim.
ComparedSide group_of(const std::string& side, const std::string& claim,
                      std::vector<std::string>& notes) {
  const auto [directory, text] = parts_of(side);
  const FoundRuns found = find_runs({directory});
  notes.insert(notes.end(), found.notes.begin(), found.notes.end());
  std::vector<RunGroup> groups = group_runs(with_claim(found.runs, claim), {}, notes);
  std::vector<RunGroup*> meant;
  std::vector<RunGroup*> all;
  for (RunGroup& group : groups) {
    all.push_back(&group);
    if (is_meant(group, text)) meant.push_back(&group);
  }
  if (groups.empty()) throw Error("no run could be read: " + found.notes.front());
  if (meant.size() == 1) return {std::move(*meant.front()), all_claim_names(found.runs)};
  // Of several that are meant the others are no choice.
  const std::vector<RunGroup*>& choice = meant.empty() ? all : meant;
  std::string known;
  for (size_t i = 0; i < std::min(choice.size(), kMostGroupsInAnError); ++i) {
    known +=
        (i > 0 ? ", '" : "'") + choice[i]->label + "' (" + choice[i]->runs.front().digest + ")";
  }
  if (choice.size() > kMostGroupsInAnError) known += ", ...";
  std::string along;
  for (const SweepRecord::Axis& axis : found.axes) {
    if (!meant.empty() && along.empty() && (text.empty() || text.starts_with(axis.name + "="))) {
      along = "; or compare the cases of the axis in pairs with --along " + axis.name;
    }
  }
  throw UsageError(directory.string() + ": " +
                   (meant.empty()  ? "no configuration is called " + quote(text)
                    : text.empty() ? "holds several configurations"
                                   : quote(text) + " names several configurations") +
                   "; add ':' and one of " + known + along);
}

Value side_value(const std::string& side, const GroupReport& group,
                 const std::vector<std::string>& claims) {
  const Value report = group.value(std::nullopt, std::nullopt);
  Value value = Value::map();
  value.set("directory", parts_of(side).first.string());
  for (const char* key : {"label", "configuration", "claim", "unit", "direction", "log_probability",
                          "above_chance"}) {
    value.set(key, report.at(key));
  }
  say_claim(value, report.find_text("claim_name"), claims);
  return value;
}

Value differences_value(const RunGroup& a, const RunGroup& b) {
  Value list = Value::list();
  const auto& first = a.runs.front().config;
  const auto& second = b.runs.front().config;
  if (first == nullptr || second == nullptr) return list;
  for (const Difference& difference : differences(*first, *second)) {
    Value entry = Value::map();
    entry.set("path", difference.path);
    entry.set("a", difference.first);
    entry.set("b", difference.second);
    list.push_back(std::move(entry));
  }
  return list;
}

/// The runs of both sides, seed by seed.
struct Pairs {
  Value pairs = Value::list(), left_out = Value::list();
  std::vector<double> differences;

  /// `like`: an effect of one side can be taken from one of the other.
  Pairs(const RunGroup& a, const RunGroup& b, bool like) : like_(like) {
    std::map<int64_t, std::pair<const RunRecord*, const RunRecord*>> by_seed;
    for (const RunRecord& run : a.runs) by_seed[run.seed].first = &run;
    for (const RunRecord& run : b.runs) by_seed[run.seed].second = &run;
    for (const auto& [seed, sides] : by_seed) add(seed, sides.first, sides.second);
  }

 private:
  static const Value* effect_of(const RunRecord* run) {
    if (run == nullptr || run->verdict != RunVerdict::valid) return nullptr;
    return run->claim.find("effect");
  }

  void add(int64_t seed, const RunRecord* a, const RunRecord* b) {
    const Value* first = effect_of(a);
    const Value* second = effect_of(b);
    Value entry = Value::map();
    entry.set("seed", seed);
    if (first == nullptr || second == nullptr) {
      entry.set("a", a == nullptr ? "absent" : word_of(a->verdict));
      entry.set("b", b == nullptr ? "absent" : word_of(b->verdict));
      entry.set("a_reasons", reasons_value(a));
      entry.set("b_reasons", reasons_value(b));
      left_out.push_back(std::move(entry));
      return;
    }
    entry.set("a", *first);
    entry.set("b", *second);
    entry.set("difference", nullptr);
    if (like_) {
      differences.push_back(first->as_number() - second->as_number());
      if (std::isfinite(differences.back())) entry.set("difference", differences.back());
    }
    pairs.push_back(std::move(entry));
  }

  const bool like_;
};

/// Two runs of one configuration, say, whose seeds differ.
bool share_no_seed(const RunGroup& a, const RunGroup& b) {
  return std::ranges::none_of(a.runs, [&](const RunRecord& run) {
    return std::ranges::any_of(b.runs,
                               [&](const RunRecord& other) { return other.seed == run.seed; });
  });
}

std::string conclusion_of(const SampleStatistics& difference, const Scale& scale, bool no_shared) {
  if (no_shared) {
    return "No conclusion: the two sides have no seed in common, and runs are compared seed by "
           "seed; 'leakprobe report DIR...' says what several seeds of one configuration show.";
  }
  if (difference.n == 0)
    return "No conclusion: no seed has a VALID run with a claim on both sides.";
  if (difference.n == 1) return "No conclusion: one pair is an example, not evidence.";
  if (!difference.t_test) return "No conclusion: " + difference.undefined + ".";
  if (difference.t_test->two_sided >= kSignificance) {
    return "Undecided: the two effects are not distinguishable.";
  }
  return comparison_words("A", "B", *difference.mean, scale);
}

}  // namespace

Value compare(const std::string& a, const std::string& b, const std::string& claim) {
  std::vector<std::string> notes;
  const ComparedSide a_side = group_of(a, claim, notes), b_side = group_of(b, claim, notes);
  const RunGroup &first = a_side.group, &second = b_side.group;
  const GroupReport a_report(first), b_report(second);
  const Scale &of_a = a_report.scale(), &of_b = b_report.scale();
  const bool like = !of_a.is_unlike(of_b);
  const Pairs pairs(first, second, like);
  const SampleStatistics difference = describe_sample(pairs.differences);

  Value value = Value::map();
  value.set("version", 1);
  value.set("leakprobe", version());
  value.set("a", side_value(a, a_report, a_side.claims));
  value.set("b", side_value(b, b_report, b_side.claims));
  if (value.at("a").at("claim") != value.at("b").at("claim")) {
    notes.push_back("the two sides make different claims");
  }
  value.set("differences", differences_value(first, second));
  value.set("pairs", pairs.pairs);
  value.set("left_out", pairs.left_out);
  value.set("statistics", difference.n > 0 ? sample_value(difference, false) : Value());
  value.set("conclusion", like ? conclusion_of(difference, of_a.unit.empty() ? of_b : of_a,
                                               share_no_seed(first, second))
                               : unlike_words("A", of_a, "B", of_b));
  Value list = Value::list();
  for (const std::string& note : notes) list.push_back(note);
  value.set("notes", std::move(list));
  return value;
}

}  // namespace leakprobe::host
