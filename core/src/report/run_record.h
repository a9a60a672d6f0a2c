#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/value.h"
#include "leakprobe/words.h"
#include "records/environment_record.h"

namespace leakprobe {

/// What a run counts as. Only VALID ones are evidence.
enum class RunVerdict { valid, invalid, altered, incomplete, failed, limited, not_begun };
constexpr auto words_of(RunVerdict) {
  return std::array{Word{RunVerdict::valid, "VALID", "no gate failed"},
                    Word{RunVerdict::invalid, "INVALID", "a gate failed, or a claim has no value"},
                    Word{RunVerdict::altered, "ALTERED", "its files are not what it wrote"},
                    Word{RunVerdict::incomplete, "INCOMPLETE", "it is not over"},
                    Word{RunVerdict::failed, "FAILED", "it ended with an error"},
                    Word{RunVerdict::limited, "LIMITED", "it was cut short on purpose"},
                    Word{RunVerdict::not_begun, "NOT BEGUN", "it has taken no step yet"}};
}

/// A gate that has a value.
struct GateValue {
  std::string name;  ///< see gate_names.h
  double value = 0;
  std::string unit;  ///< "" = not known
};

/// What a run's folder says of it.
struct RunRecord {
  std::filesystem::path directory;  ///< absolute
  std::string name;                 ///< of the experiment
  std::string digest;               ///< of its configuration, which does not contain the seed
  int64_t seed = 0;
  RunVerdict verdict = RunVerdict::incomplete;
  std::vector<std::string> reasons;   ///< why it is not VALID
  Value claim;                        ///< as in result.json; null where there is none
  std::string claim_name;             ///< of `claim` where the run makes several; else ""
  std::vector<Value> further_claims;  ///< {name, ...} as in result.json
  std::vector<std::string> waived;    ///< names of gates, in the order of the result
  std::vector<std::string> missed;    ///< of them, those that did not hold; older results say none
  std::vector<GateValue> gates;       ///< in that order too
  Value parameters;  ///< {total, trained: {phase: number}}; null where it is not known
  std::string processor, device, compute;
  /// Stands for the builds of the program and its plugins; "" where they are not known.
  std::string build;
  /// The resolved experiment, shared by runs of one configuration and build: name and seed may be
  /// another run's. Paths stand with what they held, and under "build" what computed it. Null where
  /// it is not known.
  std::shared_ptr<const Value> config;
};

/// Takes away what was measured, and leaves what is claimed.
void forget_numbers(Value& claim);

/// Why a run is not VALID, as a list; of no run none.
Value reasons_value(const RunRecord* run);

/// Reads the folders of runs, whoever wrote or broke them.
class RunReader {
 public:
  /// Completes a record that has a directory and, where its sweep says them, name, digest and seed.
  /// Throws Error, naming the file, where these are nowhere to be read. A run without a sound
  /// result is incomplete, with the reason; `notes` gets what else is wrong.
  RunRecord read(RunRecord run, std::vector<std::string>& notes);

 private:
  void take_result(RunRecord& run, std::vector<std::string>& notes) const;
  /// `identity` is what environment.json says; nothing where it does not.
  void read_configuration(RunRecord& run, const std::optional<IdentityRecord>& identity);
  std::map<std::string, std::shared_ptr<const Value>> configs_;  ///< by digest and build
};

}  // namespace leakprobe
