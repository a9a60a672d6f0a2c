#include "report/claims.h"

#include <algorithm>
#include <map>
#include <utility>

#include "compose/words.h"
#include "leakprobe/host/workbench.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

/// What a claim is called that was given no name.
constexpr const char* kUnnamed = "claim";

std::string name_of(const Value& claim) {
  const std::string name = claim.find_text("name");
  return name.empty() ? kUnnamed : name;
}

/// Whether a claim has its numbers; a part of them says nothing.
bool is_measured(const Value& claim) {
  return claim.find_number("leak").has_value() && claim.find_number("effect").has_value();
}

/// Makes `run` one of the claim called `name`.
void take_claim(RunRecord& run, const std::string& name) {
  const bool has_result = run.claim.is_map();
  const auto measured = std::find_if(run.further_claims.begin(), run.further_claims.end(),
                                     [&](const Value& claim) { return name_of(claim) == name; });
  run.claim = measured == run.further_claims.end() ? Value() : *measured;
  run.claim_name = name;
  if (is_measured(run.claim)) return;
  forget_numbers(run.claim);
  if (!has_result || run.verdict != RunVerdict::valid) return;
  run.verdict = RunVerdict::invalid;
  run.reasons = {"the claim was not measured"};
}

/// Of each configuration, from the first run that says them.
std::map<std::string, std::vector<std::string>> names_by_digest(const std::vector<FoundRun>& runs) {
  std::map<std::string, std::vector<std::string>> names;
  for (const FoundRun& run : runs) {
    std::vector<std::string>& known = names[run.record.digest];
    if (known.empty()) known = claim_names(run.record);
  }
  return names;
}

}  // namespace

std::vector<std::string> claim_names(const RunRecord& run) {
  std::vector<std::string> names;
  if (!run.further_claims.empty()) {
    names.push_back(name_of(run.claim));
    for (const Value& claim : run.further_claims) names.push_back(name_of(claim));
  }
  if (run.config == nullptr) return names;
  const Value::List& stated = run.config->find_items("claims");
  if (names.empty()) {
    for (const Value& claim : stated) names.push_back(name_of(claim));
  } else if (!stated.empty() && run.claim.find("name") == nullptr) {
    names.front() = name_of(stated.front());  // results of older versions do not say it
  }
  if (names.size() < 2) names.clear();
  return names;
}

std::vector<FoundRun> by_claim(const std::vector<FoundRun>& runs) {
  const auto names = names_by_digest(runs);
  std::vector<FoundRun> all;
  // Claim by claim, so that configurations stand beside each other.
  bool more = true;
  for (size_t i = 0; more; ++i) {
    more = false;
    for (const FoundRun& run : runs) {
      const std::vector<std::string>& own = names.at(run.record.digest);
      if (i > 0 && i >= own.size()) continue;
      more = true;
      RunRecord& record = all.emplace_back(run).record;
      if (i > 0) take_claim(record, own[i]);
      if (i == 0 && !own.empty()) record.claim_name = own.front();
    }
  }
  return all;
}

std::vector<std::string> all_claim_names(const std::vector<FoundRun>& runs) {
  std::vector<std::string> all;
  for (const FoundRun& run : runs) {
    for (const std::string& name : claim_names(run.record)) {
      if (!contains(all, name)) all.push_back(name);
    }
  }
  return all;
}

std::vector<FoundRun> with_claim(const std::vector<FoundRun>& runs, const std::string& name) {
  const std::vector<std::string> known = all_claim_names(runs);
  if (!name.empty() && !contains(known, name)) {
    throw host::UsageError("no run makes a claim " + quote(name) + "; " +
                           (known.empty() ? "each makes one alone: leave its name out"
                                          : suggest(name, known, "their claims")));
  }
  const auto names = names_by_digest(runs);
  std::vector<FoundRun> all = runs;
  for (FoundRun& run : all) {
    const std::vector<std::string>& own = names.at(run.record.digest);
    const auto meant = name.empty() ? own.begin() : std::find(own.begin(), own.end(), name);
    if (meant == own.end()) continue;
    if (meant == own.begin()) {
      run.record.claim_name = *meant;
    } else {
      take_claim(run.record, *meant);
    }
  }
  return all;
}

void say_claim(Value& value, const std::string& name, const std::vector<std::string>& all) {
  if (name.empty()) return;
  Value others = Value::list();
  for (const std::string& other : all) {
    if (other != name) others.push_back(other);
  }
  value.set("claim_name", name);
  value.set("other_claims", std::move(others));
}

}  // namespace leakprobe
