#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "compose/file_names.h"
#include "leakprobe/value.h"
#include "leakprobe/words.h"
#include "records/claim_result.h"

namespace leakprobe {

enum class Verdict { valid, invalid, none };
constexpr auto words_of(Verdict) {
  return std::array{Word{Verdict::valid, "VALID", "no gate failed and the claim was measured"},
                    Word{Verdict::invalid, "INVALID", "a gate failed, or the claim has no value"},
                    Word{Verdict::none, "NONE", "the run was cut short on purpose"}};
}

/// result.json: what a run concludes. Claims, gates and the ledger's sums are trees, since
/// programs and pages show them as they are.
struct ResultRecord {
  std::string name;  ///< of the experiment
  int64_t seed = 0;
  std::string digest;  ///< of its configuration
  Verdict verdict = Verdict::none;
  std::vector<std::string> reasons;   ///< why it is not VALID
  Value claim;                        ///< see claim_result.h; null where the file makes none
  std::vector<Value> further_claims;  ///< with a name
  Value gates;                        ///< old ones lack them, and the sums
  Value ledger;
  Value parameters;  ///< {total, trained: {phase: number}} of the model; old ones lack them
  std::optional<double> seconds;             ///< that the run took
  int64_t written_version = kResultVersion;  ///< of the file; the rest is as the present one has it

  Value to_value() const;
  /// What `to_value` gave, or an older version. Throws Error that names file and path where it is
  /// anything else, or where a claim lacks what makes it one.
  static ResultRecord of(const Value& value);
};

/// Throws Error where a directory has none, or a damaged one.
ResultRecord read_result(const std::filesystem::path& directory);

}  // namespace leakprobe
