#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "leakprobe/host/workbench.h"
#include "leakprobe/measure.h"
#include "leakprobe/value.h"
#include "run/evidence.h"
#include "run/ledger.h"

namespace leakprobe {

/// One gate read and judged.
struct GateOutcome {
  enum class Outcome { passed, failed, waived, not_applicable };
  std::string phase;
  std::string name;
  std::optional<double> value;  ///< none where it does not apply
  std::string bound;
  std::string unit;  ///< of value and bound; "" = not known, as of a term's metric
  Outcome outcome = Outcome::passed;
  std::string note;  ///< why it does not apply, or the cell that decided
};

/// The gates of all phases in their order, then the ledger's never_pushed_up.
std::vector<GateOutcome> judge_gates(const Composition& composition, const Evidence& evidence,
                                     const Ledger& ledger);

/// result.json without `seconds`: verdict, reasons, claim, gates, ledger. A limited run has the
/// verdict NONE, whatever its gates say.
Value make_result(const Composition& composition, const Evidence& evidence, const Ledger& ledger,
                  std::optional<int64_t> limit_steps);

/// How the run of that result ended.
host::RunStatus status_of(const Value& result);

}  // namespace leakprobe
