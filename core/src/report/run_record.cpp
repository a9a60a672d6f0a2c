#include "report/run_record.h"

#include <array>
#include <system_error>

#include "compose/digest.h"
#include "config/yaml_document.h"
#include "format/files.h"
#include "format/json.h"
#include "format/json_to_value.h"
#include "leakprobe/error.h"

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
  if (diagnostics.has_errors()) throw Error(diagnostics.sorted().front().text());
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
    run.reasons.push_back("has not begun to train");
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
  std::string reason = state == "interrupted" ? "interrupted" : "still running or killed";
  if (const auto phase = status.find_string("phase")) reason += " in phase " + *phase;
  run.reasons.push_back(std::move(reason));
}

void read_environment(RunRecord& run) {
  const JsonValue environment = JsonValue::read(run.directory / "environment.json");
  run.processor = environment.find_string("processor").value_or("");
  run.device = environment.find_string("device").value_or("");
  run.compute = environment.find_string("compute").value_or("");
}

}  // namespace

std::string text_of(RunVerdict verdict) {
  constexpr std::array kTexts = {"VALID", "INVALID", "INCOMPLETE", "FAILED", "LIMITED"};
  return kTexts[static_cast<size_t>(verdict)];
}

RunRecord RunReader::read(RunRecord run, std::vector<std::string>& notes) {
  const fs::path& directory = run.directory;
  const bool has_result = holds(directory, "result.json");
  try {
    if (has_result) {
      read_result(run);
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
  if (!is_known || holds(directory, "config.yaml")) read_configuration(run);
  if (holds(directory, "environment.json")) {
    try {
      read_environment(run);
    } catch (const Error& broken) {
      notes.push_back(broken.what());
    }
  }
  return run;
}

void RunReader::read_result(RunRecord& run) const {
  const JsonValue result = JsonValue::read(run.directory / "result.json");
  if (result.get_int("version") != 1) result.at("version").fail("this version is not known");
  run.name = result.get_string("name");
  run.seed = result.get_int("seed", 0);
  run.digest = result.get_string("digest");
  const JsonValue verdict = result.at("verdict");
  const std::string& word = verdict.as_string();
  if (word != "VALID" && word != "INVALID" && word != "NONE") verdict.fail("is no verdict");
  const JsonValue reasons = result.at("reasons");
  for (size_t i = 0; i < reasons.size(); ++i) run.reasons.push_back(reasons[i].as_string());
  if (const auto claim = result.find("claim")) {
    // Checked here, so that whoever uses the claim finds what it needs.
    for (const char* key : {"measure", "set", "prefix", "phase", "at"}) claim->get_string(key);
    for (const char* key : {"leak", "control_leak", "effect", "value"}) claim->find_double(key);
    if (word == "VALID") claim->get_double("effect");
    if (word == "VALID") claim->get_double("leak");
    run.claim = to_value(*claim);
  }
  run.verdict = word == "VALID"     ? RunVerdict::valid
                : word == "INVALID" ? RunVerdict::invalid
                                    : RunVerdict::limited;
}

void RunReader::read_configuration(RunRecord& run) {
  const fs::path file = run.directory / "config.yaml";
  if (!run.digest.empty()) {
    std::shared_ptr<const Value>& known = configs_[run.digest];
    if (known == nullptr) known = std::make_shared<const Value>(read_config(file));
    run.config = known;
    return;
  }
  auto config = std::make_shared<const Value>(read_config(file));
  run.name = member(*config, "name", Value::Type::string, file).as_string();
  run.seed = member(*config, "seed", Value::Type::integer, file).as_integer();
  run.digest = composition_digest(*config);
  run.config = configs_.try_emplace(run.digest, config).first->second;
}

}  // namespace leakprobe
