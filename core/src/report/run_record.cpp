#include "report/run_record.h"

#include <array>
#include <system_error>

#include "compose/differences.h"
#include "compose/digest.h"
#include "config/sentence.h"
#include "config/yaml_document.h"
#include "format/files.h"
#include "format/json.h"
#include "format/json_to_value.h"
#include "leakprobe/error.h"
#include "records/claim_result.h"
#include "records/manifest.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

bool holds(const fs::path& directory, const char* file) {
  std::error_code ignored;
  return fs::is_regular_file(directory / file, ignored);
}

/// config.yaml as it stands: a resolved experiment extends nothing.
Value read_config(const fs::path& file) {
  Diagnostics diagnostics;
  YamlBudget budget;
  const std::optional<Value> config =
      parse_yaml(read_file(file, kMaxYamlBytes), file.string(), diagnostics, budget);
  if (diagnostics.has_errors()) throw Error(sentence_of(diagnostics.sorted().front()));
  if (!config || !config->is_map()) throw Error(file.string() + ": holds no experiment");
  return *config;
}

const Value& member(const Value& config, const char* key, Value::Type type, const fs::path& file) {
  const Value* value = config.find(key);
  if (value == nullptr || value->type() != type) {
    throw Error(file.string() + ": has no '" + key + "' as a resolved experiment has");
  }
  return *value;
}

/// Why a run has no result, by its status.json.
void explain_absence(RunRecord& run) {
  const fs::path file = run.directory / "status.json";
  if (!holds(run.directory, "status.json")) {
    run.verdict = RunVerdict::not_begun;
    run.reasons.push_back("has taken no training step yet");
    return;
  }
  const JsonValue status = JsonValue::read(file);
  const std::string& state = status.get_string("state");
  if (state == "failed") {
    run.verdict = RunVerdict::failed;
    run.reasons.push_back(status.find_string("message").value_or("failed"));
    return;
  }
  if (state == "complete") {
    run.reasons.push_back("result.json is missing from a finished run");
    return;
  }
  if (status.find_int("done") == 0) {
    run.verdict = RunVerdict::not_begun;
    run.reasons.push_back("has taken no training step yet");
    return;
  }
  std::string reason = state == "interrupted" ? "interrupted" : "still running or killed";
  if (const auto phase = status.find_string("phase")) reason += " in phase " + *phase;
  run.reasons.push_back(std::move(reason));
}

/// The run's identity, see run/identity.h; null where it does not say.
Value read_environment(RunRecord& run) {
  const JsonValue environment = JsonValue::read(run.directory / "environment.json");
  run.processor = environment.find_string("processor").value_or("");
  run.device = environment.find_string("device").value_or("");
  run.compute = environment.find_string("compute").value_or("");
  const auto identity = environment.find("identity");
  if (!identity) return nullptr;
  for (const char* key : {"digest", "leakprobe", "build"}) identity->get_string(key);
  const JsonValue files = identity->at("files"), plugins = identity->at("plugins");
  for (size_t i = 0; i < files.size(); ++i) {
    for (const char* key : {"parameter", "file", "hash"}) files[i].get_string(key);
  }
  for (const std::string& library : plugins.keys()) plugins.get_string(library);
  return to_value(*identity);
}

/// As many digits as a person compares.
std::string shortened(const Value& hash) { return hash.as_string().substr(0, 8); }

/// {leakprobe: "0.1.0 (1a2b3c4d)", dpo: "5e6f7a8b"}
Value builds_of(const Value& identity) {
  Value builds = Value::map();
  builds.set("leakprobe",
             identity.text("leakprobe") + " (" + shortened(*identity.find("build")) + ")");
  for (const Value::Entry& plugin : identity.at("plugins").entries()) {
    builds.set(fs::path(plugin.key).stem().string(), shortened(plugin.value));
  }
  return builds;
}

/// A path in the experiment says what it held: "rows.safetensors (1a2b3c4d)".
void name_contents(Value& config, const Value& identity) {
  std::map<std::string, std::string> contents;
  for (const Value& file : identity.items("files")) {
    std::string& text = contents[file.text("parameter")];
    text += (text.empty() ? "" : ", ") + fs::path(file.text("file")).filename().string() + " (" +
            shortened(*file.find("hash")) + ")";
  }
  for (const auto& [parameter, text] : contents) set_value_at(config, parameter, text);
}

/// The version of result.json since which status.json lists the files that a run wrote.
constexpr int64_t kFirstVouched = 2;

/// So that whoever uses the claim finds what it needs.
void check_claim(const JsonValue& claim) {
  for (const char* key : {"measure", "set", "prefix", "phase", "at"}) claim.get_string(key);
  for (const char* key : {"leak", "control_leak", "effect", "value", "chance"}) {
    claim.find_double(key);
  }
  claim.find_int("step");
}

}  // namespace

Value reasons_value(const RunRecord* run) {
  Value reasons = Value::list();
  if (run == nullptr) return reasons;
  for (const std::string& reason : run->reasons) reasons.push_back(reason);
  return reasons;
}

RunRecord RunReader::read(RunRecord run, std::vector<std::string>& notes) {
  const fs::path& directory = run.directory;
  Value identity;
  if (holds(directory, "environment.json")) {
    try {
      identity = read_environment(run);
    } catch (const Error& broken) {
      notes.push_back(broken.what());
    }
  }
  const bool has_result = holds(directory, "result.json");
  try {
    if (has_result) {
      read_result(run, notes);
    } else {
      explain_absence(run);
    }
  } catch (const Error& broken) {
    run.verdict = RunVerdict::incomplete;
    run.reasons = {broken.what()};
    run.digest.clear();
  }
  // A sweep knows enough of a run that has not begun.
  const bool is_known = !run.digest.empty() && !has_result;
  if (!is_known || holds(directory, "config.yaml")) read_configuration(run, identity);
  return run;
}

void RunReader::read_result(RunRecord& run, std::vector<std::string>& notes) const {
  const JsonValue result = JsonValue::read(run.directory / "result.json");
  const int64_t version = result.get_int("version");
  if (version < 1 || version > kResultVersion) {
    result.at("version").fail("this version is not known");
  }
  run.name = result.get_string("name");
  run.seed = result.get_int("seed", 0);
  run.digest = result.get_string("digest");
  const JsonValue verdict = result.at("verdict");
  const std::string& word = verdict.as_string();
  if (word != "VALID" && word != "INVALID" && word != "NONE") verdict.fail("is no verdict");
  const JsonValue reasons = result.at("reasons");
  for (size_t i = 0; i < reasons.size(); ++i) run.reasons.push_back(reasons[i].as_string());
  if (const auto claim = result.find("claim")) {
    check_claim(*claim);
    if (word == "VALID") claim->get_double("effect");
    if (word == "VALID") claim->get_double("leak");
    run.claim = *current_result(to_value(result)).find("claim");
  }
  if (const auto further = result.find("further_claims")) {
    for (size_t i = 0; i < further->size(); ++i) {
      (*further)[i].get_string("name");
      check_claim((*further)[i]);
      run.further_claims.push_back(to_value((*further)[i]));
    }
  }
  if (const std::string doubts = doubts_about(run.directory, Vouched::evidence); !doubts.empty()) {
    if (version >= kFirstVouched || lists_files(run.directory)) {
      run.reasons.push_back(doubts);
      return;  // what it says is no evidence
    }
    notes.push_back(run.directory.string() + ": " + doubts + ", as an older leakprobe left it");
  }
  run.verdict = word == "VALID"     ? RunVerdict::valid
                : word == "INVALID" ? RunVerdict::invalid
                                    : RunVerdict::limited;
}

void RunReader::read_configuration(RunRecord& run, const Value& identity) {
  const fs::path file = run.directory / "config.yaml";
  if (!identity.is_null()) run.build = short_digest(builds_of(identity));
  const bool has_digest = !run.digest.empty();
  if (has_digest) {
    if (const auto known = configs_.find(run.digest + run.build); known != configs_.end()) {
      run.config = known->second;
      return;
    }
  }
  Value config = read_config(file);
  if (!has_digest) {
    run.name = member(config, "name", Value::Type::string, file).as_string();
    run.seed = member(config, "seed", Value::Type::integer, file).as_integer();
    run.digest = identity.is_null() ? composition_digest(config) : identity.text("digest");
  }
  if (!identity.is_null()) {
    name_contents(config, identity);
    config.set("build", builds_of(identity));
  }
  run.config =
      configs_.try_emplace(run.digest + run.build, std::make_shared<const Value>(std::move(config)))
          .first->second;
}

}  // namespace leakprobe
