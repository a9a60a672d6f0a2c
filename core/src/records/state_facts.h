#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/diagnostic.h"
#include "leakprobe/value.h"
#include "records/environment_record.h"
#include "records/ledger_record.h"
#include "records/written.h"

namespace leakprobe {

inline constexpr int64_t kStateVersion = 2;

/// What state.safetensors says besides its tensors: how far a run came, and what was written and
/// known by then.
struct StateFacts {
  std::string digest;
  int64_t seed = 0;
  Circumstances circumstances;
  std::string phase;                    ///< the next step's
  int64_t step = 0;                     ///< the next
  int64_t optimizer = 0;                ///< tensors of its own
  std::optional<std::string> finished;  ///< between two phases: the digest of those that are over
  double seconds = 0;                   ///< that the run took so far
  std::vector<int64_t> references;      ///< numbers of those with values
  WrittenFiles written;                 ///< those that grow: the run's own and its sinks'
  WrittenFiles checkpoints;
  LedgerRecord ledger;
  Value evidence;    ///< see evidence/evidence.h
  Place place = {};  ///< where it was read

  Value to_value() const;
  /// What `to_value` gave. Throws Error that names file and path where it is anything else.
  static StateFacts of(const Value& value);
};

}  // namespace leakprobe
