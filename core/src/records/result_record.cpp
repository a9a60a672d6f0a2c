#include "records/result_record.h"

#include "format/json_to_value.h"
#include "records/evaluation_record.h"
#include "records/read_word.h"

namespace leakprobe {
namespace {

/// So that whoever uses the claim finds what it needs.
void check_claim(const Value& claim, bool measured) {
  for (const char* key : {"measure", "set", "prefix", "phase", "at"}) claim.text(key);
  for (const char* key : {"leak", "control_leak", "effect", "value", "chance"}) {
    if (claim.has(key)) claim.number(key);
  }
  if (claim.has("step")) claim.integer("step", kBeforeFirstStep);
  for (const char* key : {"leak", "effect"}) {
    if (measured) claim.number(key);
  }
}

}  // namespace

Value ResultRecord::to_value() const {
  Value value = Value::map();
  value.set("version", kResultVersion);
  value.set("name", name);
  value.set("seed", seed);
  value.set("digest", digest);
  value.set("verdict", word_of(verdict));
  value.set("reasons", Value(Value::List(reasons.begin(), reasons.end())));
  value.set("claim", claim);
  if (!further_claims.empty()) value.set("further_claims", Value(further_claims));
  if (!gates.is_null()) value.set("gates", gates);
  if (!ledger.is_null()) value.set("ledger", ledger);
  if (!parameters.is_null()) value.set("parameters", parameters);
  if (seconds) value.set("seconds", *seconds);
  return value;
}

ResultRecord ResultRecord::of(const Value& written) {
  ResultRecord record;
  record.written_version = written.integer("version");
  if (record.written_version < 1 || record.written_version > kResultVersion) {
    written.fail("version", "this version is not known");
  }
  record.name = written.text("name");
  record.seed = written.integer("seed", 0);
  record.digest = written.text("digest");
  record.verdict = read_word<Verdict>(written, "verdict");
  record.reasons = written.texts("reasons");
  if (written.has("claim")) {
    check_claim(written.mapping("claim"), record.verdict == Verdict::valid);
    record.claim = current_result(written).at("claim");
  }
  if (written.has("further_claims")) {
    for (const Value& claim : written.maps("further_claims")) {
      claim.text("name");
      check_claim(claim, false);
      record.further_claims.push_back(claim);
    }
  }
  if (written.has("gates")) record.gates = Value(written.maps("gates"));
  if (written.has("ledger")) {
    record.ledger = written.mapping("ledger");
    if (record.ledger.has("uncompared")) record.ledger.texts("uncompared");
    if (record.ledger.has("control")) record.ledger.text("control");
  }
  if (written.has("parameters")) {
    const Value& counts = written.mapping("parameters");
    counts.integer("total", 0);
    const Value& trained = counts.mapping("trained");
    for (const Value::Entry& phase : trained.entries()) trained.integer(phase.key, 0);
    record.parameters = counts;
  }
  if (written.has("seconds")) record.seconds = written.number("seconds");
  return record;
}

ResultRecord read_result(const std::filesystem::path& directory) {
  return ResultRecord::of(read_json(directory / kResultFile));
}

}  // namespace leakprobe
