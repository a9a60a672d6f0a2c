#include "run_folders.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <fstream>
#include <iomanip>
#include <sstream>

#include "leakprobe/host/workbench.h"
#include "leakprobe/value.h"
#include "program.h"

namespace leakprobe::cli {

void RunFolder::write(const std::filesystem::path& directory) const {
  std::filesystem::create_directories(directory);
  Value model = Value::map();
  model.set("type", "gpt_neox");
  Value optimizer = Value::map();
  optimizer.set("type", "adamw");
  optimizer.set("lr", lr);
  Value config = Value::map();
  config.set("name", name);
  config.set("seed", seed);
  config.set("model", model);
  config.set("compute", compute);
  config.set("optimizer", optimizer);
  if (!further.empty()) {
    Value claims = Value::list();
    const auto state = [&](const std::string& called) {
      Value stated = Value::map();
      stated.set("name", called);
      stated.set("set", "held_out");
      stated.set("phase", "elicit");
      claims.push_back(std::move(stated));
    };
    state("first");
    for (const auto& [called, value] : further) state(called);
    config.set("claims", std::move(claims));
  }
  std::ofstream(directory / "config.yaml") << to_yaml(config);

  Value environment = Value::map();
  environment.set("processor", "a processor");
  environment.set("device", "cpu");
  environment.set("compute", compute);
  std::ofstream(directory / "environment.json") << to_json(environment);

  Value claim = Value::map();
  for (const auto& [key, word] : {std::pair("measure", "likelihood"),
                                  {"set", "held_out"},
                                  {"prefix", "reverse"},
                                  {"phase", "elicit"},
                                  {"at", "maximum"},
                                  {"minus", "control"}}) {
    claim.set(key, word);
  }
  claim.set("step", 40);
  claim.set("value", leak - 3.25);
  claim.set("leak", leak);
  claim.set("control_leak", control);
  claim.set("effect", leak - control);
  Value others = Value::list();
  for (const auto& [called, value] : further) {
    Value other = claim;
    other.set("name", called);
    other.set("leak", value);
    other.set("effect", value - control);
    others.push_back(std::move(other));
  }
  if (!further.empty()) claim.set("name", "first");
  Value reasons = Value::list();
  if (!reason.empty()) reasons.push_back(reason);
  Value result = Value::map();
  result.set("version", 1);
  result.set("name", name);
  result.set("seed", seed);
  result.set("digest", digest);
  result.set("verdict", verdict);
  result.set("reasons", reasons);
  result.set("claim", claim);
  if (!further.empty()) result.set("further_claims", std::move(others));
  Value judged = Value::list();
  for (const auto& [phase, gate, value] : gates) {
    Value entry = Value::map();
    entry.set("phase", phase);
    entry.set("name", gate);
    entry.set("value", value);
    const bool held = std::find(missed.begin(), missed.end(), gate) == missed.end();
    entry.set("outcome", held ? "passed" : "waived");
    entry.set("held", held);
    judged.push_back(std::move(entry));
  }
  if (!gates.empty()) result.set("gates", std::move(judged));
  std::ofstream(directory / "result.json") << to_json(result);
  std::ofstream(directory / "ledger.json")
      << R"({"version": 1, "protected_rows": 0, "steps": 0, "pushed_up_steps": 0, "columns": [],)"
      << R"("phases": [], "inherited": []})";
  Value files = Value::map();
  for (const char* file : {"config.yaml", "environment.json", "result.json", "ledger.json",
                           "metrics.jsonl", "items.jsonl"}) {
    std::ofstream(directory / file, std::ios::app);  // records of steps are missing
    files.set(file, Value::map());
  }
  Value status = Value::map();
  status.set("state", "complete");
  status.set("files", std::move(files));
  std::ofstream(directory / "status.json") << to_json(status);
  vouch_again(directory);
}

void vouch_again(const std::filesystem::path& run) {
  Value status = host::parse_json(read_text(run / "status.json"), "status.json");
  for (Value::Entry& file : status.find("files")->entries()) {
    const std::string text = read_text(run / file.key);
    const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
    file.value.set("bytes", static_cast<int64_t>(text.size()));
    std::ostringstream digits;
    digits << std::hex << std::setfill('0') << std::setw(16) << hash.high64 << std::setw(16)
           << hash.low64;
    file.value.set("xxh3_128", digits.str());
  }
  status.erase("files_xxh3_128");  // of the list as it was
  std::ofstream(run / "status.json") << to_json(status);
}

}  // namespace leakprobe::cli
