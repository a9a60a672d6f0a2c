#include "report/run_record.h"

#include <system_error>
#include <utility>

#include "compose/differences.h"
#include "compose/digest.h"
#include "format/files.h"
#include "leakprobe/error.h"
#include "records/config_record.h"
#include "records/manifest.h"
#include "records/result_record.h"
#include "records/status_record.h"
#include "records/superseded_run.h"
#include "report/gate_names.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// Whatever it is: who reads it says what it should have been.
bool holds(const fs::path& directory, const char* file) { return is_taken(directory / file); }

/// Why a run has no result, by its status.json.
void explain_absence(RunRecord& run) {
  if (!holds(run.directory, kStatusFile)) {
    run.verdict = RunVerdict::not_begun;
    run.reasons.push_back("has taken no training step yet");
    return;
  }
  const StatusRecord status = read_status(run.directory);
  switch (status.state) {
    case StatusRecord::State::failed:
      run.verdict = RunVerdict::failed;
      run.reasons.push_back(status.message.empty() ? "failed" : status.message);
      return;
    case StatusRecord::State::complete:
      run.verdict = RunVerdict::altered;
      run.reasons.push_back("result.json is missing from a finished run");
      return;
    case StatusRecord::State::interrupted:
      run.reasons.push_back("interrupted");
      break;
    case StatusRecord::State::running:
      run.reasons.push_back("still running or killed");
  }
  if (status.progress && status.progress->done == 0) {
    run.verdict = RunVerdict::not_begun;
    run.reasons = {"has taken no training step yet"};
    return;
  }
  if (status.progress) run.reasons.back() += " in phase " + status.progress->phase;
}

/// The run's identity; nothing where it does not say.
std::optional<IdentityRecord> take_environment(RunRecord& run) {
  EnvironmentRecord environment = read_environment(run.directory);
  run.processor = std::move(environment.processor);
  run.device = std::move(environment.circumstances.device);
  run.compute = std::move(environment.circumstances.compute);
  return std::move(environment.identity);
}

/// As many digits as a person compares.
std::string shortened(const std::string& hash) { return hash.substr(0, 8); }

/// {leakprobe: "0.1.0 (1a2b3c4d)", dpo: "5e6f7a8b"}
Value builds_of(const IdentityRecord& identity) {
  Value builds = Value::map();
  builds.set("leakprobe", identity.leakprobe + " (" + shortened(identity.build) + ")");
  for (const auto& [library, hash] : identity.plugins) {
    builds.set(fs::path(library).stem().string(), shortened(hash));
  }
  return builds;
}

/// A path in the experiment says what it held: "rows.safetensors (1a2b3c4d)".
void name_contents(Value& config, const IdentityRecord& identity) {
  std::map<std::string, std::string> contents;
  for (const IdentityRecord::File& file : identity.files) {
    std::string& text = contents[file.parameter];
    text += (text.empty() ? "" : ", ") + fs::path(file.file).filename().string() + " (" +
            shortened(file.hash) + ")";
  }
  for (const auto& [parameter, text] : contents) set_value_at(config, parameter, text);
}

void forget_results(RunRecord& run) {
  forget_numbers(run.claim);
  for (Value& claim : run.further_claims) forget_numbers(claim);
  run.gates.clear();
}

}  // namespace

void forget_numbers(Value& claim) {
  if (!claim.is_map()) return;
  for (const char* key : {"leak", "control_leak", "effect", "value", "step", "control_step"}) {
    if (claim.find(key) != nullptr) claim.set(key, nullptr);
  }
}

Value reasons_value(const RunRecord* run) {
  Value reasons = Value::list();
  if (run == nullptr) return reasons;
  for (const std::string& reason : run->reasons) reasons.push_back(reason);
  return reasons;
}

RunRecord RunReader::read(RunRecord run, std::vector<std::string>& notes) {
  const fs::path& directory = run.directory;
  std::optional<IdentityRecord> identity;
  if (holds(directory, kEnvironmentFile)) {
    try {
      identity = take_environment(run);
    } catch (const Error& broken) {
      notes.push_back(broken.what());
    }
  }
  const bool has_result = holds(directory, kResultFile);
  try {
    if (has_result) {
      take_result(run, notes);
    } else {
      explain_absence(run);
    }
  } catch (const Error& broken) {
    run.verdict = RunVerdict::incomplete;
    run.reasons = {broken.what()};
    run.digest.clear();
    forget_results(run);
  }
  // A sweep knows enough of a run that has not begun.
  const bool is_known = !run.digest.empty() && !has_result;
  if (std::string aside = superseded_note(directory); !aside.empty()) {
    if (!is_known && !holds(directory, kConfigFile)) throw Error(directory.string() + ": " + aside);
    run.verdict = RunVerdict::incomplete;
    run.reasons = {std::move(aside)};
    forget_results(run);
  }
  if (!is_known || holds(directory, kConfigFile)) read_configuration(run, identity);
  return run;
}

void RunReader::take_result(RunRecord& run, std::vector<std::string>& notes) const {
  ResultRecord result = read_result(run.directory);
  run.name = std::move(result.name);
  run.seed = result.seed;
  run.digest = std::move(result.digest);
  run.reasons = std::move(result.reasons);
  run.claim = std::move(result.claim);
  run.further_claims = std::move(result.further_claims);
  run.parameters = std::move(result.parameters);
  for (const Value& gate : result.gates.is_list() ? result.gates.as_list() : Value::List()) {
    if (gate.find_text("outcome") == "waived") {
      run.waived.push_back(gate_name(gate));
      if (gate.find_boolean("held") == false) run.missed.push_back(gate_name(gate));
    }
    const auto value = gate.find_number("value");
    if (value) run.gates.push_back({gate_name(gate), *value, gate.find_text("unit")});
  }
  const Doubts doubts = doubts_about(run.directory);
  if (doubts.kind == Doubts::Kind::older) {
    notes.push_back(run.directory.string() + ": " + doubts.text);
  } else if (doubts.any()) {  // what it says is no evidence
    const bool altered = doubts.kind == Doubts::Kind::altered;
    run.verdict = altered ? RunVerdict::altered : RunVerdict::incomplete;
    run.reasons = {doubts.text};
    forget_results(run);
    return;
  }
  for (const Value& note : result.ledger.find_items("uncompared")) {
    notes.push_back(run.directory.string() + ": " + note.as_string());
  }
  if (const std::string control = result.ledger.find_text("control"); !control.empty()) {
    notes.push_back(run.directory.string() + ": " + control);
  }
  run.verdict = result.verdict == Verdict::valid     ? RunVerdict::valid
                : result.verdict == Verdict::invalid ? RunVerdict::invalid
                                                     : RunVerdict::limited;
}

void RunReader::read_configuration(RunRecord& run, const std::optional<IdentityRecord>& identity) {
  if (identity) run.build = short_digest(builds_of(*identity));
  const bool has_digest = !run.digest.empty();
  if (has_digest) {
    if (const auto known = configs_.find(run.digest + run.build); known != configs_.end()) {
      run.config = known->second;
      return;
    }
  }
  ConfigRecord config = read_config(run.directory);
  if (!has_digest) {
    run.name = config.name;
    run.seed = config.seed;
    run.digest = identity ? identity->digest : composition_digest(config.experiment);
  }
  if (identity) {
    name_contents(config.experiment, *identity);
    config.experiment.set("build", builds_of(*identity));
  }
  run.config = configs_
                   .try_emplace(run.digest + run.build,
                                std::make_shared<const Value>(std::move(config.experiment)))
                   .first->second;
}

}  // namespace leakprobe
